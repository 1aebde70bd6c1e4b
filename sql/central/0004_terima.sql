-- Taking facts in. Claim, projection and classification are separate statements: one statement would judge with a
-- snapshot older than the row it collided with.

-- Reads envelopes. A fact that is well-formed and wrong gets kode and teks; one that cannot be read raises a data
-- exception, and the caller then reads one by one. What a body holds is read as text: another kind may call
-- something else by the same name.
CREATE FUNCTION intern.baca(p json[]) RETURNS intern.fakta[] LANGUAGE plpgsql STABLE AS $$
BEGIN
RETURN (SELECT coalesce(array_agg(ROW(
    e.urut, x.site, x.gate, x.id, x.epoch, x.seq, x.kind, x.at::timestamptz, decode(x.hash, 'hex'),
    CASE WHEN x.kind = 'entered' THEN x.id
         WHEN x.kind IN ('left', 'voided', 'corrected', 'photo', 'duplicate') THEN b.stay::uuid END,
    x.operator, b.ticket, r.plat, r.ketik, b.class,
    CASE WHEN x.kind IN ('entered', 'left') THEN b.tariff::integer END,
    CASE WHEN x.kind = 'left' THEN b.fee::bigint END,
    CASE WHEN x.kind = 'left' THEN b.method END,
    CASE WHEN x.kind = 'left' THEN b.tendered::bigint END,
    CASE WHEN x.kind = 'left' THEN b.change::bigint END,
    CASE WHEN x.kind = 'left' AND json_typeof(b.flags) = 'array' THEN
        CASE WHEN b.flags::text = '[]' THEN '{}' ELSE ARRAY(SELECT json_array_elements_text(b.flags)) END END,
    CASE WHEN x.kind = 'started' THEN (x.body #>> '{parent,epoch}')::uuid END,
    CASE
        WHEN x.v IS DISTINCT FROM 1 THEN 'versi'
        WHEN x.site IS NULL OR x.gate IS NULL OR x.id IS NULL OR x.kind IS NULL OR x.at IS NULL OR x.epoch IS NULL
          OR x.seq IS NULL OR x.hash IS NULL OR x.operator IS NULL OR json_typeof(x.body) IS DISTINCT FROM 'object'
          OR jsonb_typeof(x.personal) IS DISTINCT FROM 'object' THEN 'kurang'
        WHEN x.at NOT LIKE '____-__-__T__:__:__%' OR octet_length(x.hash) <> 64 OR x.seq < 1
          OR char_length(x.kind) > 32 OR char_length(x.operator) > 128 OR char_length(x.gate) > 8
          OR char_length(r.plat) > 64 OR char_length(r.ketik) > 128 THEN 'bentuk'
        WHEN x.kind = 'entered' AND (
            b.ticket IS NULL OR char_length(b.ticket) > 64 OR b.class IS NULL OR char_length(b.class) > 64
            OR b.tariff IS NULL) THEN 'badan'
        WHEN x.kind = 'left' AND (
            b.stay IS NULL OR char_length(b.ticket) > 64 OR b.class IS NULL OR char_length(b.class) > 64
            OR char_length(b.entered_gate) > 8 OR b.method IS NULL OR char_length(b.method) > 64
            OR b.entered_at IS NULL OR b.entered_at NOT LIKE '____-__-__T__:__:__%'
            OR b.entered_at::timestamptz IS NULL
            OR (b.fee::bigint BETWEEN 0 AND 1000000000000) IS NOT TRUE
            OR (b.tendered::bigint BETWEEN 0 AND 1000000000000) IS NOT TRUE
            OR (b.change::bigint BETWEEN 0 AND 1000000000000) IS NOT TRUE
            OR b.tariff IS NULL OR json_typeof(b.flags) IS DISTINCT FROM 'array') THEN 'badan'
        WHEN x.kind IN ('voided', 'corrected') AND (
            b.stay IS NULL OR b.target::uuid IS NULL OR b.target_gate IS NULL
            OR char_length(b.class) > 64) THEN 'badan'
        WHEN x.kind = 'photo' AND b.stay IS NULL THEN 'badan'
        WHEN x.kind = 'duplicate' AND (
            b.stay IS NULL OR b.target::uuid IS NULL OR b.target_gate IS NULL OR (x.body->>'group')::uuid IS NULL
            OR (x.body->>'kept')::uuid IS NULL OR x.body->>'kept_gate' IS NULL
            OR (x.body->>'certainty' IN ('exact', 'strong', 'weak')) IS NOT TRUE
            OR (char_length(x.body->>'reason') <= 500) IS NOT TRUE) THEN 'badan'
        WHEN x.kind = 'started' AND json_typeof(x.body->'parent') = 'object'
            AND (x.body #>> '{parent,epoch}')::uuid IS NULL THEN 'badan'
    END,
    NULL)::intern.fakta), '{}')
FROM unnest(p) WITH ORDINALITY AS e(isi, urut),
LATERAL json_to_record(e.isi) AS x(
    v integer, id uuid, kind text, site text, gate text, operator text, at text, epoch uuid, seq bigint, hash text,
    body json, personal jsonb),
LATERAL json_to_record(CASE WHEN json_typeof(x.body) = 'object' THEN x.body ELSE '{}' END) AS b(
    stay text, ticket text, class text, tariff text, fee text, method text, tendered text, change text, flags json,
    entered_at text, entered_gate text, target text, target_gate text),
LATERAL (SELECT x.personal #>> '{plate,value}', x.personal #>> '{typed,value}' OFFSET 0) AS r(plat, ketik));
END $$;

-- As baca, and what cannot be read is turned away alone.
CREATE FUNCTION intern.baca_semua(p json[]) RETURNS intern.fakta[] LANGUAGE plpgsql AS $$
DECLARE
    v_hasil intern.fakta[];
    v_satu  intern.fakta;
    v_kode  text;
    v_teks  text;
    v_isi   json;
    v_urut  integer := 0;
BEGIN
    BEGIN
        RETURN intern.baca(p);
    EXCEPTION WHEN data_exception THEN
        v_hasil := '{}';
    END;
    FOREACH v_isi IN ARRAY p LOOP
        v_urut := v_urut + 1;
        BEGIN
            v_satu := (intern.baca(ARRAY[v_isi]))[1];
            v_satu.urut := v_urut;
        EXCEPTION WHEN data_exception THEN
            GET STACKED DIAGNOSTICS v_kode = RETURNED_SQLSTATE, v_teks = MESSAGE_TEXT;
            v_satu := NULL;
            v_satu.urut := v_urut;
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
        WHEN 'too_old' THEN 'lebih tua dari arsip'
        ELSE 'tidak terbaca' END
$$;

-- Keeps what could not be taken as it came.
CREATE FUNCTION intern.simpan_karantina(
    p_situs text, p_gerbang text, p_id uuid, p_kode text, p_teks text, p_isi json) RETURNS void LANGUAGE sql AS $$
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
                  WHERE p.situs IS NOT DISTINCT FROM p_situs AND p.gerbang IS NOT DISTINCT FROM p_gerbang
                    AND p.epoch = p_epoch),
        anak = (SELECT count(*) FROM public.peristiwa p
                WHERE p.situs = p_situs AND p.gerbang = p_gerbang AND p.jenis = 'started'
                  AND p.isi #>> '{body,parent,epoch}' = p_epoch::text)
    FROM (SELECT 1) satu
    LEFT JOIN LATERAL (SELECT p.seq, p.hash FROM public.peristiwa p
        WHERE p.situs IS NOT DISTINCT FROM p_situs AND p.gerbang IS NOT DISTINCT FROM p_gerbang
          AND p.epoch = p_epoch
        ORDER BY p.seq DESC, p.hash LIMIT 1) t ON true
    WHERE e.situs = p_situs AND e.gerbang = p_gerbang AND e.epoch = p_epoch;
    DELETE FROM public.epok WHERE situs = p_situs AND gerbang = p_gerbang AND epoch = p_epoch
        AND jumlah = 0 AND anak = 0;
END $$;

-- Another content under an id that is taken: the smaller hash stands, the other is kept in karantina. Gives the
-- contents that had to yield.
CREATE FUNCTION intern.selesaikan_bentrok(p_situs text, p_amplop json[], p intern.fakta[], p_lain integer[])
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
                p_situs, v_satu.gerbang, v_satu.id, 'conflict_id', 'nomor sudah dipakai',
                p_amplop[v_satu.urut]);
        ELSIF v_satu.hash < v_ada.hash THEN
            PERFORM intern.simpan_karantina(
                p_situs, v_satu.gerbang, v_satu.id, 'conflict_id', 'nomor sudah dipakai', v_ada.isi);
            UPDATE public.peristiwa q
            SET epoch = v_satu.epoch, seq = v_satu.seq, jenis = v_satu.jenis, waktu = v_satu.waktu,
                hash = v_satu.hash, kunjungan = v_satu.kunjungan, isi = p_amplop[v_satu.urut],
                xid = pg_current_xact_id()
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
            UNION ALL SELECT f.gerbang, f.induk FROM unnest(p) f WHERE f.urut = ANY (p_lain)) u
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
    v_awal  bigint[];
    v_ragu  boolean;
    v_ada   public.epok[];
    v_seq   integer[] := '{}';
BEGIN
    SELECT array_agg(ROW(p_situs, t.gerbang, t.epoch, t.seq, t.hash, t.n, 0, NULL)::public.epok),
           array_agg(t.awal), bool_or(t.beda < t.n)
    INTO v_maju, v_awal, v_ragu
    FROM (SELECT f.gerbang, f.epoch, max(f.seq) AS seq, min(f.seq) AS awal, count(*) AS n,
                 count(DISTINCT f.seq) AS beda, (array_agg(f.hash ORDER BY f.seq DESC, f.hash))[1] AS hash
          FROM unnest(p) f GROUP BY f.gerbang, f.epoch) t;
    SELECT coalesce(array_agg(ROW(p_situs, t.gerbang, t.epoch, 0, '', 0, t.n, NULL)::public.epok), '{}') INTO v_induk
    FROM (SELECT f.gerbang, f.induk AS epoch, count(*) AS n FROM unnest(p) f
          WHERE f.induk IS NOT NULL GROUP BY 1, 2) t;
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
    IF v_ragu OR EXISTS (SELECT 1 FROM ROWS FROM (unnest(v_maju), unnest(v_awal)) AS
            m(situs, gerbang, epoch, seq_tertinggi, hash_tertinggi, jumlah, anak, bercabang, awal), unnest(v_ada) e
            WHERE e.gerbang = m.gerbang AND e.epoch = m.epoch AND m.awal <= e.seq_tertinggi) THEN
        SELECT coalesce(array_agg(f.urut), '{}') INTO v_seq
        FROM (SELECT f.urut, f.id, f.gerbang, f.epoch, f.seq,
                     row_number() OVER (PARTITION BY f.gerbang, f.epoch, f.seq ORDER BY f.urut) AS keberapa,
                     array_agg(f.id) OVER (PARTITION BY f.gerbang, f.epoch, f.seq) AS bersama
              FROM unnest(p) f) f
        WHERE f.keberapa > 1 OR (SELECT 1 FROM public.peristiwa q
            WHERE q.situs IS NOT DISTINCT FROM p_situs AND q.gerbang IS NOT DISTINCT FROM f.gerbang
              AND q.epoch = f.epoch AND q.seq = f.seq
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

-- Facts claimed in this transaction, and the facts they replaced, into the books.
CREATE FUNCTION intern.susun_fakta(p_situs text, p intern.fakta[], p_mundur public.peristiwa[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_zona    text;
    v_menit   integer;
    v_cepat   record;
    v_selesai uuid[] := '{}';
    v_rentang intern.rentang[];
BEGIN
    IF cardinality(p_mundur) = 0 THEN
        SELECT l.zona, l.pergantian_menit INTO v_zona, v_menit FROM public.lokasi l WHERE l.situs = p_situs;
        SELECT * INTO v_cepat FROM intern.susun_baru(p_situs, p, v_zona, v_menit);
        v_selesai := v_cepat.baru;
        IF cardinality(v_cepat.pulang) > 0 THEN
            v_selesai := v_selesai || intern.susun_pulang(p_situs, v_cepat.pulang, v_zona, v_menit);
        END IF;
        IF cardinality(v_selesai) = v_cepat.banyak THEN
            RETURN;
        END IF;
    END IF;
    SELECT coalesce(array_agg(ROW(u.kunjungan, u.awal, u.akhir)::intern.rentang ORDER BY u.kunjungan), '{}')
    INTO v_rentang FROM (
        SELECT t.kunjungan, (array_agg(t.id ORDER BY t.id))[1] AS awal,
               (array_agg(t.id ORDER BY t.id DESC))[1] AS akhir
        FROM (SELECT f.kunjungan, f.id, f.jenis FROM unnest(p) f
              UNION ALL
              SELECT m.kunjungan, m.id, m.jenis FROM unnest(p_mundur) m
              UNION ALL
              SELECT q.kunjungan, q.id, q.jenis FROM unnest(p_mundur) m
              JOIN public.peristiwa q ON q.situs = p_situs AND q.gerbang = m.gerbang AND q.id = m.id) t
        WHERE t.jenis IN ('entered', 'left', 'voided', 'corrected', 'duplicate')
          AND t.kunjungan NOT IN (SELECT s FROM unnest(v_selesai) s)
        GROUP BY t.kunjungan) u;
    IF cardinality(v_rentang) > 0 THEN
        PERFORM intern.susun(p_situs, v_rentang);
    END IF;
END $$;
