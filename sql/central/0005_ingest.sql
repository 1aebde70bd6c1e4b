-- Claiming facts, and the gates' door for them.

-- What asks for its place in the ledger, in key order. Within the batch the smaller hash of one id goes first.
CREATE FUNCTION intern.calon(p_situs text, p_amplop json[], p intern.fakta[])
RETURNS TABLE (situs text, gerbang text, id uuid, epoch uuid, seq bigint, jenis text, waktu timestamptz, hash bytea,
               kunjungan uuid, isi json) LANGUAGE sql STABLE AS $$
    SELECT p_situs, f.gerbang, f.id, f.epoch, f.seq, f.jenis, f.waktu, f.hash, f.kunjungan, f.isi
    FROM ROWS FROM (unnest(p), unnest(p_amplop)) AS f(
        urut, situs, gerbang, id, epoch, seq, jenis, waktu, hash, kunjungan, operator, tiket, plat_nomor, plat_ketik,
        kelas, tarif, biaya, metode, dibayar, kembali, tanda, induk, kode, teks, isi)
    WHERE f.kode IS NULL ORDER BY f.gerbang, f.id, f.hash, f.urut
$$;

-- Facts of one site, each under the gate it names, their right to it established: into ledger and projection.
-- p is what p_amplop holds, element by element. Gives a verdict for each element that has no kode, in the order of the elements.
CREATE FUNCTION intern.terapkan(p_situs text, p_amplop json[], p intern.fakta[]) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    v_banyak  integer;
    v_kunci   text[];
    v_klaim   integer[];
    v_masuk   intern.fakta[];
    v_lain    integer[] := '{}';
    v_seq     integer[] := '{}';
    v_mundur  public.peristiwa[] := '{}';
BEGIN
    -- All of it new is the common case, and needs no second look at the key.
    BEGIN
        INSERT INTO public.peristiwa (situs, gerbang, id, epoch, seq, jenis, waktu, hash, kunjungan, isi)
        SELECT f.* FROM intern.calon(p_situs, p_amplop, p) f;
        GET DIAGNOSTICS v_banyak = ROW_COUNT;
        v_masuk := CASE WHEN v_banyak = cardinality(p) THEN p
                        ELSE ARRAY(SELECT f FROM unnest(p) f WHERE f.kode IS NULL ORDER BY f.urut) END;
    EXCEPTION WHEN unique_violation THEN
        v_masuk := NULL;
    END;
    IF v_banyak = 0 THEN
        RETURN '{}';
    ELSIF v_masuk IS NOT NULL THEN
        PERFORM intern.susun_fakta(p_situs, v_masuk, v_mundur);
        v_seq := intern.catat_epok(p_situs, v_masuk);
        PERFORM pg_notify('parkir_doorbell', '');
        IF cardinality(v_seq) = 0 THEN
            RETURN array_fill('inserted'::text, ARRAY[v_banyak]);
        END IF;
        RETURN ARRAY(SELECT CASE WHEN f.urut = ANY (v_seq) THEN 'conflict_seq' ELSE 'inserted' END
                     FROM unnest(v_masuk) f ORDER BY f.urut);
    END IF;

    -- Claim.
    WITH klaim AS (
        INSERT INTO public.peristiwa (situs, gerbang, id, epoch, seq, jenis, waktu, hash, kunjungan, isi)
        SELECT f.* FROM intern.calon(p_situs, p_amplop, p) f
        ON CONFLICT DO NOTHING
        RETURNING gerbang, id
    )
    SELECT coalesce(array_agg(gerbang || ' ' || id), '{}') INTO v_kunci FROM klaim;
    SELECT count(*) INTO v_banyak FROM unnest(p) f WHERE f.kode IS NULL;
    IF cardinality(v_kunci) = 0 THEN
        v_masuk := '{}';
    ELSE
        -- CASE keeps the planner from a nested loop over its guess of ten rows.
        v_masuk := ARRAY(
            SELECT ROW(f.*)::intern.fakta FROM (
                SELECT DISTINCT ON (f.gerbang, f.id) f.* FROM unnest(p) f WHERE f.kode IS NULL
                ORDER BY f.gerbang, f.id, f.hash, f.urut) f
            WHERE CASE WHEN f.gerbang || ' ' || f.id IN (SELECT k FROM unnest(v_kunci) k) THEN true END);
    END IF;
    v_klaim := ARRAY(SELECT f.urut FROM unnest(v_masuk) f);

    -- Apply.
    IF cardinality(v_klaim) < v_banyak THEN
        SELECT coalesce(array_agg(f.urut), '{}') INTO v_lain
        FROM (SELECT f.* FROM unnest(p) f WHERE f.kode IS NULL
              AND CASE WHEN f.urut NOT IN (SELECT k FROM unnest(v_klaim) k) THEN true END) f,
        LATERAL (SELECT q.hash FROM public.peristiwa q
                 WHERE q.situs = p_situs AND q.gerbang = f.gerbang AND q.id = f.id OFFSET 0) q
        WHERE q.hash <> f.hash;
        IF cardinality(v_lain) > 0 THEN
            v_mundur := intern.selesaikan_bentrok(p_situs, p_amplop, p, v_lain);
        END IF;
    END IF;
    IF cardinality(v_klaim) + cardinality(v_mundur) > 0 THEN
        PERFORM intern.susun_fakta(p_situs, v_masuk, v_mundur);
    END IF;

    -- Classify.
    IF cardinality(v_klaim) > 0 THEN
        v_seq := intern.catat_epok(p_situs, v_masuk);
    END IF;
    IF cardinality(v_mundur) > 0 THEN
        PERFORM intern.bersihkan_bentrok(p_situs, p, v_lain, v_mundur);
    END IF;
    IF cardinality(v_klaim) + cardinality(v_mundur) > 0 THEN
        PERFORM pg_notify('parkir_doorbell', '');
    END IF;
    RETURN ARRAY(SELECT CASE
            WHEN f.urut = ANY (v_lain) THEN 'conflict_id'
            WHEN f.urut = ANY (v_seq) THEN 'conflict_seq'
            WHEN f.urut IN (SELECT k FROM unnest(v_klaim) k) THEN 'inserted'
            ELSE 'already' END
        FROM unnest(p) f WHERE f.kode IS NULL ORDER BY f.urut);
END $$;

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
CREATE FUNCTION api.terima(p json[]) RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER
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
    v_arsip   uuid;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE feature_not_supported USING MESSAGE = 'ingest hanya dengan READ COMMITTED';
    END IF;
    IF p IS NULL OR coalesce(array_ndims(p), 1) <> 1 OR coalesce(array_lower(p, 1), 1) <> 1
            OR (SELECT bool_or(e IS NULL) FROM unnest(p) e) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'daftar peristiwa diharapkan';
    ELSIF cardinality(p) > 1000 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'daftar paling banyak 1000 peristiwa diharapkan';
    END IF;
    v_fakta := intern.baca_semua(p);
    SELECT intern.uuid_batas(l.arsip_sebelum) INTO v_arsip FROM public.lokasi l WHERE l.situs = v_gerbang.situs;
    -- A terminal that sold before it was ever enrolled did not know its site: its facts are of the site of whoever
    -- brings them, be it itself or a courier, whose word alone is never enough.
    IF EXISTS (SELECT 1 FROM unnest(v_fakta) f
               WHERE f.kode IS NOT NULL OR f.gerbang <> v_gerbang.kode OR f.situs NOT IN (v_gerbang.situs, '')
                  OR f.id < v_arsip) THEN
        v_fakta := ARRAY(
            SELECT ROW(f.urut, f.situs, f.gerbang, f.id, f.epoch, f.seq, f.jenis, f.waktu, f.hash, f.kunjungan,
                       f.operator, f.tiket, f.plat_nomor, f.plat_ketik, f.kelas, f.tarif, f.biaya,
                       f.metode, f.dibayar, f.kembali, f.tanda, f.induk,
                       CASE WHEN f.kode IS NOT NULL THEN f.kode
                            WHEN f.situs NOT IN (v_gerbang.situs, '') THEN 'situs'
                            -- Whether the archive has it nobody here can say: taken again it could stand twice.
                            WHEN f.id < v_arsip AND NOT EXISTS (
                                SELECT 1 FROM public.peristiwa q
                                WHERE q.situs = v_gerbang.situs AND q.id = f.id AND q.gerbang = f.gerbang) THEN 'too_old'
                            WHEN f.gerbang = v_gerbang.kode THEN NULL
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
            v_hasil := v_hasil || intern.titipkan(v_gerbang, v_satu, p[v_satu.urut]);
        ELSE
            v_satu.teks := coalesce(v_satu.teks, intern.sebab(v_satu.kode));
            PERFORM intern.simpan_karantina(
                v_gerbang.situs, v_gerbang.kode, v_satu.id, v_satu.kode, v_satu.teks,
                p[v_satu.urut]);
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

-- The same for whoever holds jsonb. parkir itself sends json, which PostgreSQL keeps as it came.
CREATE FUNCTION api.ingest(p jsonb) RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF jsonb_typeof(p) IS DISTINCT FROM 'array' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'daftar peristiwa diharapkan';
    END IF;
    RETURN api.terima(ARRAY(SELECT e::json FROM jsonb_array_elements(p) WITH ORDINALITY AS j(e, urut) ORDER BY urut));
END $$;
