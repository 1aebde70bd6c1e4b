-- Taking facts in. Claim, projection and classification are separate statements: one statement would judge with a
-- snapshot older than the row it collided with.

CREATE TYPE intern.fakta AS (
    urut integer, situs text, gerbang text, id uuid, epoch uuid, seq bigint, jenis text, waktu timestamptz,
    hash bytea, kunjungan uuid, isi jsonb, kode text, teks text
);

-- Reads envelopes. A fact that is well-formed and wrong gets kode and teks; one that cannot be read raises a data
-- exception, and the caller then reads one by one.
CREATE FUNCTION intern.baca(p jsonb) RETURNS intern.fakta[] LANGUAGE plpgsql STABLE AS $$
BEGIN
RETURN (SELECT coalesce(array_agg(ROW(
    x.urut, x.site, x.gate, x.id, x.epoch, x.seq, x.kind, x.at::timestamptz, decode(x.hash, 'hex'),
    CASE WHEN x.kind = 'entered' THEN x.id
         WHEN x.kind IN ('left', 'voided', 'corrected', 'photo') THEN (x.body->>'stay')::uuid END,
    x.isi,
    CASE
        WHEN x.v IS DISTINCT FROM 1 THEN 'versi'
        WHEN x.site IS NULL OR x.gate IS NULL OR x.id IS NULL OR x.kind IS NULL OR x.at IS NULL OR x.epoch IS NULL
          OR x.seq IS NULL OR x.hash IS NULL OR x.operator IS NULL OR jsonb_typeof(x.body) IS DISTINCT FROM 'object'
          OR jsonb_typeof(x.personal) IS DISTINCT FROM 'object' THEN 'kurang'
        WHEN x.at NOT LIKE '____-__-__T__:__:__%' OR octet_length(x.hash) <> 64 OR x.seq < 1
          OR char_length(x.kind) > 32 OR char_length(x.operator) > 128 OR char_length(x.gate) > 8 THEN 'bentuk'
        WHEN char_length(x.personal #>> '{plate,value}') > 64 OR char_length(x.personal #>> '{typed,value}') > 128
            THEN 'bentuk'
        WHEN x.kind = 'entered' AND (
            x.body->>'ticket' IS NULL OR char_length(x.body->>'ticket') > 64
            OR x.body->>'class' IS NULL OR char_length(x.body->>'class') > 64
            OR (x.body->>'tariff')::integer IS NULL) THEN 'badan'
        WHEN x.kind = 'left' AND (
            x.body->>'stay' IS NULL OR char_length(x.body->>'ticket') > 64
            OR x.body->>'class' IS NULL OR char_length(x.body->>'class') > 64
            OR char_length(x.body->>'entered_gate') > 8
            OR x.body->>'method' IS NULL OR char_length(x.body->>'method') > 64
            OR x.body->>'entered_at' IS NULL OR x.body->>'entered_at' NOT LIKE '____-__-__T__:__:__%'
            OR (x.body->>'entered_at')::timestamptz IS NULL
            OR ((x.body->>'fee')::bigint BETWEEN 0 AND 1000000000000) IS NOT TRUE
            OR ((x.body->>'tendered')::bigint BETWEEN 0 AND 1000000000000) IS NOT TRUE
            OR ((x.body->>'change')::bigint BETWEEN 0 AND 1000000000000) IS NOT TRUE
            OR (x.body->>'tariff')::integer IS NULL
            OR jsonb_typeof(x.body->'flags') IS DISTINCT FROM 'array') THEN 'badan'
        WHEN x.kind IN ('voided', 'corrected') AND (
            x.body->>'stay' IS NULL OR (x.body->>'target')::uuid IS NULL OR x.body->>'target_gate' IS NULL
            OR char_length(x.body->>'class') > 64) THEN 'badan'
        WHEN x.kind = 'photo' AND x.body->>'stay' IS NULL THEN 'badan'
        WHEN x.kind = 'started' AND jsonb_typeof(x.body->'parent') = 'object'
            AND (x.body #>> '{parent,epoch}')::uuid IS NULL THEN 'badan'
    END,
    NULL)::intern.fakta), '{}')
FROM ROWS FROM (
    jsonb_to_recordset(p) AS (v integer, id uuid, kind text, site text, gate text, operator text, at text,
                              epoch uuid, seq bigint, hash text, body jsonb, personal jsonb),
    jsonb_array_elements(p)
) WITH ORDINALITY AS x(v, id, kind, site, gate, operator, at, epoch, seq, hash, body, personal, isi, urut));
END $$;

-- As baca, and what cannot be read is turned away alone.
CREATE FUNCTION intern.baca_semua(p jsonb) RETURNS intern.fakta[] LANGUAGE plpgsql AS $$
DECLARE
    v_hasil intern.fakta[];
    v_satu  intern.fakta;
    v_kode  text;
    v_teks  text;
    v_isi   jsonb;
    v_urut  integer := 0;
BEGIN
    BEGIN
        RETURN intern.baca(p);
    EXCEPTION WHEN data_exception THEN
        v_hasil := '{}';
    END;
    FOR v_isi IN SELECT e FROM jsonb_array_elements(p) e LOOP
        v_urut := v_urut + 1;
        BEGIN
            v_satu := (intern.baca(jsonb_build_array(v_isi)))[1];
            v_satu.urut := v_urut;
        EXCEPTION WHEN data_exception THEN
            GET STACKED DIAGNOSTICS v_kode = RETURNED_SQLSTATE, v_teks = MESSAGE_TEXT;
            v_satu := NULL;
            v_satu.urut := v_urut;
            v_satu.isi := v_isi;
            v_satu.kode := v_kode;
            v_satu.teks := left(v_teks, 200);
        END;
        v_hasil := v_hasil || v_satu;
    END LOOP;
    RETURN v_hasil;
END $$;

-- What a turned-away fact's code means, for people.
CREATE FUNCTION intern.sebab(p_kode text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_kode
        WHEN 'versi' THEN 'versi amplop tidak dikenal'
        WHEN 'kurang' THEN 'ada isian amplop yang kosong'
        WHEN 'bentuk' THEN 'isian amplop salah bentuk atau terlalu panjang'
        WHEN 'badan' THEN 'isi peristiwa tidak lengkap atau salah'
        WHEN 'situs' THEN 'peristiwa milik situs lain'
        WHEN 'gerbang' THEN 'gerbang tidak dikenal'
        ELSE 'tidak terbaca' END
$$;

-- Keeps what could not be taken as it came.
CREATE FUNCTION intern.simpan_karantina(
    p_situs text, p_gerbang text, p_id uuid, p_kode text, p_teks text, p_isi jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO public.karantina (situs, gerbang, sidik, id, kode, teks, isi)
    VALUES (p_situs, p_gerbang, sha256(convert_to(p_isi::text, 'UTF8')), p_id, p_kode, p_teks, p_isi)
    ON CONFLICT DO NOTHING
$$;

-- Counts an epoch anew from the ledger: only where an id's content was replaced.
CREATE FUNCTION intern.hitung_epok(p_situs text, p_gerbang text, p_epoch uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.epok (situs, gerbang, epoch) VALUES (p_situs, p_gerbang, p_epoch) ON CONFLICT DO NOTHING;
    PERFORM 1 FROM public.epok WHERE situs = p_situs AND gerbang = p_gerbang AND epoch = p_epoch FOR UPDATE;
    UPDATE public.epok e
    SET seq_tertinggi = coalesce(t.seq, 0), hash_tertinggi = coalesce(t.hash, ''),
        jumlah = (SELECT count(*) FROM public.peristiwa p
                  WHERE p.situs = p_situs AND p.gerbang = p_gerbang AND p.epoch = p_epoch),
        anak = (SELECT count(*) FROM public.peristiwa p
                WHERE p.situs = p_situs AND p.gerbang = p_gerbang AND p.jenis = 'started'
                  AND p.isi #>> '{body,parent,epoch}' = p_epoch::text)
    FROM (SELECT 1) satu
    LEFT JOIN LATERAL (SELECT p.seq, p.hash FROM public.peristiwa p
        WHERE p.situs = p_situs AND p.gerbang = p_gerbang AND p.epoch = p_epoch
        ORDER BY p.seq DESC, p.hash LIMIT 1) t ON true
    WHERE e.situs = p_situs AND e.gerbang = p_gerbang AND e.epoch = p_epoch;
    DELETE FROM public.epok WHERE situs = p_situs AND gerbang = p_gerbang AND epoch = p_epoch
        AND jumlah = 0 AND anak = 0;
END $$;

-- Another content under an id that is taken: the smaller hash stands, the other is kept in karantina. Gives the
-- contents that had to yield.
CREATE FUNCTION intern.selesaikan_bentrok(p_situs text, p intern.fakta[], p_lain integer[])
RETURNS public.peristiwa[] LANGUAGE plpgsql AS $$
DECLARE
    v_satu   intern.fakta;
    v_ada    public.peristiwa;
    v_mundur public.peristiwa[] := '{}';
BEGIN
    FOR v_satu IN SELECT f.* FROM unnest(p) f WHERE f.urut = ANY (p_lain) ORDER BY f.gerbang, f.id, f.hash LOOP
        SELECT * INTO STRICT v_ada FROM public.peristiwa q
        WHERE q.situs = p_situs AND q.gerbang = v_satu.gerbang AND q.id = v_satu.id FOR UPDATE;
        IF v_satu.hash > v_ada.hash THEN
            PERFORM intern.simpan_karantina(
                p_situs, v_satu.gerbang, v_satu.id, 'conflict_id', 'nomor sudah dipakai', v_satu.isi);
        ELSIF v_satu.hash < v_ada.hash THEN
            PERFORM intern.simpan_karantina(
                p_situs, v_satu.gerbang, v_satu.id, 'conflict_id', 'nomor sudah dipakai', v_ada.isi);
            UPDATE public.peristiwa q
            SET epoch = v_satu.epoch, seq = v_satu.seq, jenis = v_satu.jenis, waktu = v_satu.waktu,
                hash = v_satu.hash, kunjungan = v_satu.kunjungan, isi = v_satu.isi, xid = pg_current_xact_id()
            WHERE q.situs = p_situs AND q.gerbang = v_satu.gerbang AND q.id = v_satu.id;
            v_mundur := v_mundur || v_ada;
        END IF;
    END LOOP;
    RETURN v_mundur;
END $$;

-- After a content yielded and its stays were projected anew: its exit leaves the books, its epochs are recounted.
CREATE FUNCTION intern.bersihkan_bentrok(
    p_situs text, p intern.fakta[], p_lain integer[], p_mundur public.peristiwa[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_lama public.transaksi[];
    v_epok record;
BEGIN
    WITH buang AS (
        DELETE FROM public.transaksi t USING unnest(p_mundur) m
        WHERE m.jenis = 'left' AND t.situs = p_situs AND t.tanggal = m.waktu AND t.gerbang = m.gerbang AND t.id = m.id
          AND NOT EXISTS (SELECT 1 FROM public.peristiwa q
              WHERE q.situs = p_situs AND q.gerbang = t.gerbang AND q.id = t.id AND q.jenis = 'left'
                AND q.waktu = t.tanggal)
        RETURNING t.*
    )
    SELECT coalesce(array_agg(buang::public.transaksi), '{}') INTO v_lama FROM buang;
    IF cardinality(v_lama) > 0 THEN
        PERFORM intern.bukukan('{}', v_lama);
    END IF;
    FOR v_epok IN
        SELECT DISTINCT u.gerbang, u.epoch FROM (
            SELECT m.gerbang, m.epoch FROM unnest(p_mundur) m
            UNION ALL SELECT m.gerbang, (m.isi #>> '{body,parent,epoch}')::uuid FROM unnest(p_mundur) m
                WHERE m.jenis = 'started'
            UNION ALL SELECT f.gerbang, f.epoch FROM unnest(p) f WHERE f.urut = ANY (p_lain)
            UNION ALL SELECT f.gerbang, (f.isi #>> '{body,parent,epoch}')::uuid FROM unnest(p) f
                WHERE f.urut = ANY (p_lain) AND f.jenis = 'started') u
        WHERE u.epoch IS NOT NULL ORDER BY 1, 2
    LOOP
        PERFORM intern.hitung_epok(p_situs, v_epok.gerbang, v_epok.epoch);
    END LOOP;
END $$;

-- Notes how far each epoch came; gives those of the claimed facts whose (epoch, seq) another fact has.
CREATE FUNCTION intern.catat_epok(p_situs text, p intern.fakta[]) RETURNS integer[]
LANGUAGE plpgsql AS $$
DECLARE
    v_induk public.epok[];
    v_maju  public.epok[];
    v_ada   public.epok[];
    v_seq   integer[] := '{}';
BEGIN
    SELECT array_agg(ROW(p_situs, t.gerbang, t.epoch, t.seq, t.hash, t.n, 0, NULL)::public.epok) INTO v_maju
    FROM (SELECT f.gerbang, f.epoch, max(f.seq) AS seq, count(*) AS n,
                 (array_agg(f.hash ORDER BY f.seq DESC, f.hash))[1] AS hash
          FROM unnest(p) f GROUP BY f.gerbang, f.epoch) t;
    SELECT coalesce(array_agg(ROW(p_situs, t.gerbang, t.epoch, 0, '', 0, t.n, NULL)::public.epok), '{}') INTO v_induk
    FROM (SELECT f.gerbang, (f.isi #>> '{body,parent,epoch}')::uuid AS epoch, count(*) AS n FROM unnest(p) f
          WHERE f.jenis = 'started' GROUP BY 1, 2) t WHERE t.epoch IS NOT NULL;
    INSERT INTO public.epok (situs, gerbang, epoch)
    SELECT p_situs, u.gerbang, u.epoch FROM (
        SELECT e.gerbang, e.epoch FROM unnest(v_maju) e UNION SELECT e.gerbang, e.epoch FROM unnest(v_induk) e) u
    ORDER BY u.gerbang, u.epoch
    ON CONFLICT DO NOTHING;
    v_ada := ARRAY(
        SELECT e FROM (SELECT e.gerbang, e.epoch FROM unnest(v_maju || v_induk) e GROUP BY 1, 2 ORDER BY 1, 2) u,
        LATERAL (SELECT * FROM public.epok e
                 WHERE e.situs = p_situs AND e.gerbang = u.gerbang AND e.epoch = u.epoch FOR UPDATE) e);

    -- Only seqs that do not go on where the epoch stood can meet another's.
    IF EXISTS (SELECT 1 FROM unnest(p) f, unnest(v_ada) e
               WHERE e.gerbang = f.gerbang AND e.epoch = f.epoch AND f.seq <= e.seq_tertinggi)
       OR EXISTS (SELECT 1 FROM unnest(p) f GROUP BY f.gerbang, f.epoch, f.seq HAVING count(*) > 1) THEN
        SELECT coalesce(array_agg(f.urut), '{}') INTO v_seq
        FROM (SELECT f.urut, f.id, f.gerbang, f.epoch, f.seq,
                     row_number() OVER (PARTITION BY f.gerbang, f.epoch, f.seq ORDER BY f.urut) AS keberapa,
                     array_agg(f.id) OVER (PARTITION BY f.gerbang, f.epoch, f.seq) AS bersama
              FROM unnest(p) f) f
        WHERE f.keberapa > 1 OR (SELECT 1 FROM public.peristiwa q
            WHERE q.situs = p_situs AND q.gerbang = f.gerbang AND q.epoch = f.epoch AND q.seq = f.seq
              AND q.id <> ALL (f.bersama) LIMIT 1) IS NOT NULL;
    END IF;

    UPDATE public.epok e
    SET seq_tertinggi = greatest(e.seq_tertinggi, u.seq_tertinggi),
        hash_tertinggi = CASE WHEN u.seq_tertinggi > e.seq_tertinggi THEN u.hash_tertinggi
                              WHEN u.seq_tertinggi = e.seq_tertinggi THEN least(u.hash_tertinggi, e.hash_tertinggi)
                              ELSE e.hash_tertinggi END,
        jumlah = e.jumlah + u.jumlah, anak = e.anak + u.anak
    FROM (SELECT gerbang, epoch, max(seq_tertinggi) AS seq_tertinggi,
                 (array_agg(hash_tertinggi ORDER BY seq_tertinggi DESC))[1] AS hash_tertinggi,
                 sum(jumlah) AS jumlah, sum(anak) AS anak
          FROM unnest(v_maju || v_induk) GROUP BY gerbang, epoch) u,
    LATERAL (SELECT l.ctid AS di FROM public.epok l
             WHERE l.situs = p_situs AND l.gerbang = u.gerbang AND l.epoch = u.epoch OFFSET 0) l
    WHERE e.ctid = l.di;
    RETURN v_seq;
END $$;

-- Facts of one site, each under the gate it names, their right to it established: into ledger and projection.
-- Gives a verdict for each element that has no kode, in the order of the elements.
CREATE FUNCTION intern.terapkan(p_situs text, p intern.fakta[]) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    v_banyak  integer;
    v_kunci   text[];
    v_klaim   integer[];
    v_masuk   intern.fakta[];
    v_lain    integer[] := '{}';
    v_seq     integer[] := '{}';
    v_rentang intern.rentang[];
    v_mundur  public.peristiwa[] := '{}';
BEGIN
    -- Claim, in key order. Within the batch the smaller hash of one id goes first.
    SELECT count(*) INTO v_banyak FROM unnest(p) f WHERE f.kode IS NULL;
    WITH klaim AS (
        INSERT INTO public.peristiwa (situs, gerbang, id, epoch, seq, jenis, waktu, hash, kunjungan, isi)
        SELECT p_situs, f.gerbang, f.id, f.epoch, f.seq, f.jenis, f.waktu, f.hash, f.kunjungan, f.isi
        FROM unnest(p) f WHERE f.kode IS NULL ORDER BY f.gerbang, f.id, f.hash, f.urut
        ON CONFLICT DO NOTHING
        RETURNING gerbang, id
    )
    SELECT coalesce(array_agg(gerbang || ' ' || id), '{}') INTO v_kunci FROM klaim;
    IF cardinality(v_kunci) = cardinality(p) THEN
        v_masuk := p;
    ELSIF cardinality(v_kunci) = 0 THEN
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
        FROM (SELECT f.* FROM unnest(p) f WHERE f.kode IS NULL AND f.urut <> ALL (v_klaim)) f,
        LATERAL (SELECT q.hash FROM public.peristiwa q
                 WHERE q.situs = p_situs AND q.gerbang = f.gerbang AND q.id = f.id OFFSET 0) q
        WHERE q.hash <> f.hash;
        IF cardinality(v_lain) > 0 THEN
            v_mundur := intern.selesaikan_bentrok(p_situs, p, v_lain);
        END IF;
    END IF;
    SELECT coalesce(array_agg(ROW(u.kunjungan, u.awal, u.akhir)::intern.rentang ORDER BY u.kunjungan), '{}')
    INTO v_rentang FROM (
        SELECT t.kunjungan, (array_agg(t.id ORDER BY t.id))[1] AS awal,
               (array_agg(t.id ORDER BY t.id DESC))[1] AS akhir
        FROM (SELECT f.kunjungan, f.id, f.jenis FROM unnest(v_masuk) f
              UNION ALL
              SELECT m.kunjungan, m.id, m.jenis FROM unnest(v_mundur) m
              UNION ALL
              SELECT q.kunjungan, q.id, q.jenis FROM unnest(v_mundur) m
              JOIN public.peristiwa q ON q.situs = p_situs AND q.gerbang = m.gerbang AND q.id = m.id) t
        WHERE t.jenis IN ('entered', 'left', 'voided', 'corrected')
        GROUP BY t.kunjungan) u;
    IF cardinality(v_rentang) > 0 THEN
        PERFORM intern.susun(p_situs, v_rentang);
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
    IF cardinality(v_klaim) = v_banyak AND cardinality(v_seq) = 0 THEN
        RETURN array_fill('inserted'::text, ARRAY[v_banyak]);
    END IF;
    RETURN ARRAY(SELECT CASE
            WHEN f.urut = ANY (v_lain) THEN 'conflict_id'
            WHEN f.urut = ANY (v_seq) THEN 'conflict_seq'
            WHEN f.urut = ANY (v_klaim) THEN 'inserted'
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
CREATE FUNCTION api.ingest(p jsonb) RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER
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
    IF jsonb_typeof(p) IS DISTINCT FROM 'array' OR jsonb_array_length(p) > 1000 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'daftar paling banyak 1000 peristiwa diharapkan';
    END IF;
    v_fakta := intern.baca_semua(p);
    IF EXISTS (SELECT 1 FROM unnest(v_fakta) f
               WHERE f.kode IS NOT NULL OR f.situs <> v_gerbang.situs OR f.gerbang <> v_gerbang.kode) THEN
        v_fakta := ARRAY(
            SELECT ROW(f.urut, f.situs, f.gerbang, f.id, f.epoch, f.seq, f.jenis, f.waktu, f.hash, f.kunjungan, f.isi,
                       CASE WHEN f.kode IS NOT NULL THEN f.kode
                            WHEN f.situs <> v_gerbang.situs THEN 'situs'
                            WHEN f.gerbang <> v_gerbang.kode THEN 'titip' END, f.teks)::intern.fakta
            FROM unnest(v_fakta) f ORDER BY f.urut);
    ELSE
        RETURN intern.terapkan(v_gerbang.situs, v_fakta);
    END IF;

    IF EXISTS (SELECT 1 FROM unnest(v_fakta) f WHERE f.kode IS NULL) THEN
        v_putusan := intern.terapkan(v_gerbang.situs, v_fakta);
    END IF;
    FOR v_satu IN SELECT f.* FROM unnest(v_fakta) f ORDER BY f.urut LOOP
        IF v_satu.kode IS NULL THEN
            v_ke := v_ke + 1;
            v_hasil := v_hasil || v_putusan[v_ke];
        ELSIF v_satu.kode = 'titip' THEN
            v_hasil := v_hasil || intern.titipkan(v_gerbang, v_satu);
        ELSE
            v_satu.teks := coalesce(v_satu.teks, intern.sebab(v_satu.kode));
            PERFORM intern.simpan_karantina(
                v_gerbang.situs, v_gerbang.kode, v_satu.id, v_satu.kode, v_satu.teks, v_satu.isi);
            v_hasil := v_hasil || concat_ws('|', 'rejected', v_satu.kode, v_satu.teks);
        END IF;
    END LOOP;
    RETURN v_hasil;
END $$;

-- Another gate's fact, couriered here: waits until its signature was checked.
CREATE FUNCTION intern.titipkan(p_gerbang public.gerbang, p intern.fakta) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM public.peristiwa q
               WHERE q.situs = p_gerbang.situs AND q.gerbang = p.gerbang AND q.id = p.id AND q.hash = p.hash) THEN
        RETURN 'already';
    END IF;
    INSERT INTO public.titipan (situs, gerbang, id, hash, pengirim, isi)
    VALUES (p_gerbang.situs, p.gerbang, p.id, p.hash, p_gerbang.kode, p.isi)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        PERFORM pg_notify('parkir_doorbell', '');
    END IF;
    RETURN 'held';
END $$;
