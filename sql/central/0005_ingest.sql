-- The gates' door for facts.

-- The gate that is calling.
CREATE FUNCTION intern.gerbang_ini() RETURNS public.gerbang LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_gerbang public.gerbang;
BEGIN
    SELECT * INTO v_gerbang FROM public.gerbang g WHERE g.login = session_user AND g.aktif;
    IF NOT FOUND THEN
        RAISE insufficient_privilege USING MESSAGE = 'login ini bukan gerbang yang aktif';
    END IF;
    RETURN v_gerbang;
END $$;

-- The gates' only way in: an array of envelopes, a verdict for each in order: inserted, already, held, conflict_id,
-- conflict_seq, or rejected|code|text.
CREATE FUNCTION api.ingest(p json) RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    v_gerbang public.gerbang := intern.gerbang_ini();
    v_fakta   intern.fakta[];
    v_satu    intern.fakta;
    v_putusan text[];
    v_hasil   text[] := '{}';
    v_ke      integer := 0;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE feature_not_supported USING MESSAGE = 'ingest hanya dengan READ COMMITTED';
    END IF;
    IF json_typeof(p) IS DISTINCT FROM 'array' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'daftar peristiwa diharapkan';
    END IF;
    v_fakta := intern.baca_semua(p);
    IF cardinality(v_fakta) > 1000 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'daftar paling banyak 1000 peristiwa diharapkan';
    END IF;
    -- A terminal that sold before it was ever enrolled did not know its site: what it says of itself is this one's.
    IF EXISTS (SELECT 1 FROM unnest(v_fakta) f
               WHERE f.kode IS NOT NULL OR f.gerbang <> v_gerbang.kode OR f.situs NOT IN (v_gerbang.situs, '')) THEN
        v_fakta := ARRAY(
            SELECT ROW(f.urut, f.situs, f.gerbang, f.id, f.epoch, f.seq, f.jenis, f.waktu, f.hash, f.kunjungan,
                       f.operator, f.tiket, f.plat_nomor, f.plat_ketik, f.kelas, f.tarif, f.biaya,
                       f.metode, f.dibayar, f.kembali, f.tanda, f.induk,
                       CASE WHEN f.kode IS NOT NULL THEN f.kode
                            WHEN f.gerbang = v_gerbang.kode AND f.situs IN (v_gerbang.situs, '') THEN NULL
                            WHEN f.situs <> v_gerbang.situs THEN 'situs'
                            ELSE 'titip' END, f.teks)::intern.fakta
            FROM unnest(v_fakta) f ORDER BY f.urut);
    ELSE
        RETURN intern.terapkan(v_gerbang.situs, p, v_fakta);
    END IF;

    IF EXISTS (SELECT 1 FROM unnest(v_fakta) f WHERE f.kode IS NULL) THEN
        v_putusan := intern.terapkan(v_gerbang.situs, p, v_fakta);
    END IF;
    FOR v_satu IN SELECT f.* FROM unnest(v_fakta) f ORDER BY f.urut LOOP
        IF v_satu.kode IS NULL THEN
            v_ke := v_ke + 1;
            v_hasil := v_hasil || v_putusan[v_ke];
        ELSIF v_satu.kode = 'titip' THEN
            v_hasil := v_hasil || intern.titipkan(v_gerbang, v_satu, intern.amplop(p, v_satu.urut));
        ELSE
            v_satu.teks := coalesce(v_satu.teks, intern.sebab(v_satu.kode));
            PERFORM intern.simpan_karantina(
                v_gerbang.situs, v_gerbang.kode, v_satu.id, v_satu.kode, v_satu.teks,
                intern.amplop(p, v_satu.urut));
            v_hasil := v_hasil || concat_ws('|', 'rejected', v_satu.kode, v_satu.teks);
        END IF;
    END LOOP;
    RETURN v_hasil;
END $$;

-- Another gate's fact, couriered here: waits until its signature was checked.
CREATE FUNCTION intern.titipkan(p_gerbang public.gerbang, p intern.fakta, p_isi json) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM public.peristiwa q
               WHERE q.situs = p_gerbang.situs AND q.gerbang = p.gerbang AND q.id = p.id AND q.hash = p.hash) THEN
        RETURN 'already';
    END IF;
    INSERT INTO public.titipan (situs, gerbang, id, hash, pengirim, isi)
    VALUES (p_gerbang.situs, p.gerbang, p.id, p.hash, p_gerbang.kode, p_isi)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        PERFORM pg_notify('parkir_doorbell', '');
    END IF;
    RETURN 'held';
END $$;
