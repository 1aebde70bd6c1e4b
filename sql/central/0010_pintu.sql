-- The doors, closed tighter: what enters the ledger can be read again by the projection and by every terminal; who was
-- away long starts anew instead of asking for everything at once.

-- How much an envelope may hold. A real one has one to two thousand bytes; what fits in here cannot be nested so deep
-- that a later, deeper call runs out of stack.
CREATE FUNCTION intern.amplop_terbesar() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 16384 $$;

-- Whether a text is a moment as facts tell it: RFC 3339 with its offset. The first pattern is how parkir itself writes,
-- and costs a tenth of the other.
CREATE FUNCTION intern.bentuk_waktu(p text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p LIKE '____-__-__T__:__:__.______+__:__' THEN true
           ELSE p ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$' END
$$;

-- Whether a moment is one that terminals can be told. The upper end is where their calendar ends; a clock that was
-- never set begins in 1970 by whichever offset.
CREATE FUNCTION intern.waktu_wajar(p timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT p >= '1969-12-30 00:00:00+00'::timestamptz AND p < '9999-12-30 00:00:00+00'::timestamptz
$$;

-- Reads envelopes. A fact that is well-formed and wrong gets kode and teks; one that cannot be read raises a data
-- exception (or is nested too deep), and the caller then reads one by one. The body is read as jsonb, as the projection
-- reads it: a number or text that jsonb cannot hold stays out of the ledger, and both see the same words. What a body
-- holds is read as text: another kind may call something else by the same name.
CREATE OR REPLACE FUNCTION intern.baca(p json[]) RETURNS intern.fakta[] LANGUAGE plpgsql STABLE AS $$
BEGIN
RETURN (SELECT coalesce(array_agg(ROW(
    e.urut, x.site, x.gate, r.id, r.epoch, x.seq, x.kind, r.waktu, r.sidik,
    CASE WHEN x.kind = 'entered' THEN r.id
         WHEN x.kind IN ('left', 'voided', 'corrected', 'photo', 'duplicate') THEN r.stay END,
    x.operator, b.ticket, r.plat, r.ketik, b.class,
    CASE WHEN x.kind IN ('entered', 'left') THEN b.tariff::integer END,
    CASE WHEN x.kind = 'left' THEN b.fee::bigint END,
    CASE WHEN x.kind = 'left' THEN b.method END,
    CASE WHEN x.kind = 'left' THEN b.tendered::bigint END,
    CASE WHEN x.kind = 'left' THEN b.change::bigint END,
    CASE WHEN x.kind = 'left' AND jsonb_typeof(b.flags) = 'array' THEN
        CASE WHEN b.flags = '[]' THEN '{}' ELSE ARRAY(SELECT jsonb_array_elements_text(b.flags)) END END,
    CASE WHEN x.kind = 'started' THEN (x.body #>> '{parent,epoch}')::uuid END,
    CASE
        WHEN x.v IS DISTINCT FROM 1 THEN 'versi'
        WHEN x.site IS NULL OR x.gate IS NULL OR x.id IS NULL OR x.kind IS NULL OR x.at IS NULL OR x.epoch IS NULL
          OR x.seq IS NULL OR x.hash IS NULL OR x.operator IS NULL OR jsonb_typeof(x.body) IS DISTINCT FROM 'object'
          OR jsonb_typeof(x.personal) IS DISTINCT FROM 'object' THEN 'kurang'
        WHEN pg_column_size(e.isi) > intern.amplop_terbesar()
          OR NOT intern.bentuk_waktu(x.at) OR intern.waktu_wajar(r.waktu) IS NOT TRUE
          OR octet_length(x.hash) <> 64 OR octet_length(r.sidik) <> 32 OR x.seq < 1
          OR r.id::text <> x.id OR r.epoch::text <> x.epoch
          OR char_length(x.kind) > 32 OR char_length(x.operator) > 128 OR char_length(x.gate) > 8
          OR char_length(r.plat) > 64 OR char_length(r.ketik) > 128 THEN 'bentuk'
        WHEN x.kind = 'entered' AND (
            b.ticket IS NULL OR char_length(b.ticket) > 64 OR b.class IS NULL OR char_length(b.class) > 64
            OR (b.tariff::integer >= 0) IS NOT TRUE) THEN 'badan'
        WHEN x.kind = 'left' AND (
            (r.stay::text = b.stay) IS NOT TRUE
            OR char_length(b.ticket) > 64 OR b.class IS NULL OR char_length(b.class) > 64
            OR char_length(b.entered_gate) > 8 OR b.method IS NULL OR char_length(b.method) > 64
            OR intern.bentuk_waktu(b.entered_at) IS NOT TRUE
            OR intern.waktu_wajar(r.masuk) IS NOT TRUE
            OR (b.fee::bigint BETWEEN 0 AND 1000000000000) IS NOT TRUE
            OR (b.tendered::bigint BETWEEN 0 AND 1000000000000) IS NOT TRUE
            OR (b.change::bigint BETWEEN 0 AND 1000000000000) IS NOT TRUE
            OR (b.tariff::integer >= 0) IS NOT TRUE OR jsonb_typeof(b.flags) IS DISTINCT FROM 'array'
            OR (b.flags <> '[]' AND b.flags @? 'strict $[*] ? (@.type() != "string")')) THEN 'badan'
        WHEN x.kind IN ('voided', 'corrected') AND (
            (r.stay::text = b.stay) IS NOT TRUE OR (b.target::uuid::text = b.target) IS NOT TRUE
            OR b.target_gate IS NULL OR char_length(b.class) > 64) THEN 'badan'
        WHEN x.kind = 'photo' AND (r.stay::text = b.stay) IS NOT TRUE THEN 'badan'
        WHEN x.kind = 'duplicate' AND (
            (r.stay::text = b.stay) IS NOT TRUE OR (b.target::uuid::text = b.target) IS NOT TRUE
            OR b.target_gate IS NULL OR (x.body->>'group')::uuid IS NULL
            OR (x.body->>'kept')::uuid IS NULL OR x.body->>'kept_gate' IS NULL
            OR (x.body->>'certainty' IN ('exact', 'strong', 'weak')) IS NOT TRUE
            OR (char_length(x.body->>'reason') <= 500) IS NOT TRUE) THEN 'badan'
        WHEN x.kind = 'started' AND jsonb_typeof(x.body->'parent') = 'object'
            AND ((x.body #>> '{parent,epoch}')::uuid::text = x.body #>> '{parent,epoch}') IS NOT TRUE THEN 'badan'
    END,
    NULL)::intern.fakta), '{}')
FROM unnest(p) WITH ORDINALITY AS e(isi, urut),
LATERAL json_to_record(e.isi) AS x(
    v integer, id text, kind text, site text, gate text, operator text, at text, epoch text, seq bigint, hash text,
    body jsonb, personal jsonb),
LATERAL jsonb_to_record(CASE WHEN jsonb_typeof(x.body) = 'object' THEN x.body ELSE '{}' END) AS b(
    stay text, ticket text, class text, tariff text, fee text, method text, tendered text, change text, flags jsonb,
    entered_at text, entered_gate text, target text, target_gate text),
LATERAL (SELECT x.personal #>> '{plate,value}', x.personal #>> '{typed,value}', x.at::timestamptz,
                decode(x.hash, 'hex'), x.id::uuid, x.epoch::uuid,
                CASE WHEN x.kind IN ('left', 'voided', 'corrected', 'photo', 'duplicate') THEN b.stay::uuid END,
                CASE WHEN x.kind = 'left' THEN b.entered_at::timestamptz END
         OFFSET 0) AS r(plat, ketik, waktu, sidik, id, epoch, stay, masuk));
END $$;

-- As baca, and what cannot be read is turned away alone.
CREATE OR REPLACE FUNCTION intern.baca_semua(p json[]) RETURNS intern.fakta[] LANGUAGE plpgsql AS $$
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
    EXCEPTION WHEN data_exception OR statement_too_complex THEN
        v_hasil := '{}';
    END;
    FOREACH v_isi IN ARRAY p LOOP
        v_urut := v_urut + 1;
        BEGIN
            v_satu := (intern.baca(ARRAY[v_isi]))[1];
            v_satu.urut := v_urut;
        EXCEPTION WHEN data_exception OR statement_too_complex THEN
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

-- Times are read and written the same whatever the session thinks of them.
ALTER FUNCTION api.terima(json[]) SET timezone = 'UTC';
ALTER FUNCTION api.terima(json[]) SET datestyle = 'ISO, YMD';
ALTER FUNCTION ops.duplicates_remove(json[]) SET timezone = 'UTC';
ALTER FUNCTION ops.duplicates_remove(json[]) SET datestyle = 'ISO, YMD';
ALTER FUNCTION ops.duplicates_undo(json[]) SET timezone = 'UTC';
ALTER FUNCTION ops.duplicates_undo(json[]) SET datestyle = 'ISO, YMD';

-- Couriered facts whose signature must be checked, oldest first, each under the key it lies here by: one that the
-- server cannot read must leave this page too.
CREATE FUNCTION hub.held_facts() RETURNS TABLE (gate text, fact uuid, hash text, envelope text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT t.gerbang, t.id, encode(t.hash, 'hex'), t.isi::text FROM public.titipan t
    WHERE t.situs = intern.situs_ini() ORDER BY t.diterima, t.id LIMIT 500
$$;
GRANT EXECUTE ON FUNCTION hub.held_facts() TO parkir_hub;

-- Ends the wait of couriered facts: [{gate, fact, hash, reason}], reason null for those whose signature is the
-- gate's own. They are applied under the gate they name; a gate nobody knows is turned away here too. What cannot be
-- applied goes to karantina alone, and never holds up the others.
CREATE OR REPLACE FUNCTION hub.settle(p jsonb) RETURNS TABLE (gate text, fact uuid, verdict text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    v_situs   text := intern.situs_ini();
    v_isi     json[];
    v_gerbang text[];
    v_id      uuid[];
    v_fakta   intern.fakta[];
    v_satu    intern.fakta;
    v_putusan text[];
    v_kode    text;
    v_teks    text;
    v_ke      integer := 0;
BEGIN
    -- Rejected ones go to karantina.
    WITH tolak AS (
        DELETE FROM public.titipan t USING jsonb_to_recordset(p) AS r(gate text, fact uuid, hash text, reason text)
        WHERE r.reason IS NOT NULL AND t.situs = v_situs AND t.gerbang = r.gate AND t.id = r.fact
          AND t.hash = decode(r.hash, 'hex')
        RETURNING t.gerbang, t.id, t.isi, r.reason
    )
    INSERT INTO public.karantina (situs, gerbang, sidik, id, kode, teks, isi)
    SELECT v_situs, k.gerbang, sha256(convert_to(k.isi::text, 'UTF8')), k.id, 'titipan', left(k.reason, 200), k.isi
    FROM tolak k ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT r.gate, r.fact, 'rejected'::text
        FROM jsonb_to_recordset(p) AS r(gate text, fact uuid, hash text, reason text) WHERE r.reason IS NOT NULL;

    -- Accepted ones are applied, under the gate they name.
    WITH ambil AS (
        DELETE FROM public.titipan t USING jsonb_to_recordset(p) AS r(gate text, fact uuid, hash text, reason text)
        WHERE r.reason IS NULL AND t.situs = v_situs AND t.gerbang = r.gate AND t.id = r.fact
          AND t.hash = decode(r.hash, 'hex')
          AND EXISTS (SELECT 1 FROM public.gerbang g WHERE g.situs = v_situs AND g.kode = t.gerbang)
        RETURNING t.isi, t.gerbang, t.id
    )
    SELECT array_agg(a.isi), array_agg(a.gerbang), array_agg(a.id) INTO v_isi, v_gerbang, v_id FROM ambil a;
    IF v_isi IS NULL THEN
        RETURN;
    END IF;
    v_fakta := intern.baca_semua(v_isi);
    BEGIN
        v_putusan := intern.terapkan(v_situs, v_isi, v_fakta);
    EXCEPTION WHEN data_exception OR statement_too_complex THEN
        v_putusan := NULL;
    END;
    FOREACH v_satu IN ARRAY v_fakta LOOP
        v_kode := v_satu.kode;
        IF v_kode IS NOT NULL THEN
            v_teks := coalesce(v_satu.teks, intern.sebab(v_kode));
            verdict := 'rejected';
        ELSIF v_putusan IS NOT NULL THEN
            v_ke := v_ke + 1;
            verdict := v_putusan[v_ke];
        ELSE
            BEGIN
                v_ke := v_satu.urut;
                v_satu.urut := 1;
                verdict := (intern.terapkan(v_situs, v_isi[v_ke:v_ke], ARRAY[v_satu]))[1];
                v_satu.urut := v_ke;
            EXCEPTION WHEN data_exception OR statement_too_complex THEN
                GET STACKED DIAGNOSTICS v_kode = RETURNED_SQLSTATE, v_teks = MESSAGE_TEXT;
                v_satu.urut := v_ke;
                verdict := 'rejected';
            END;
        END IF;
        gate := v_gerbang[v_satu.urut];
        fact := v_id[v_satu.urut];
        IF v_kode IS NOT NULL THEN
            PERFORM intern.simpan_karantina(
                v_situs, gate, fact, v_kode, left(v_teks, 200), v_isi[v_satu.urut]);
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;

-- The check of every ten seconds. What a terminal says of itself is shown to people: no number below nothing.
CREATE OR REPLACE FUNCTION api.hello(p jsonb) RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_situs   text := intern.situs_ini();
    v_gerbang public.gerbang;
BEGIN
    -- Without an epoch somebody only asks (Periksa, the menu): the terminal's own report stays as it is.
    IF p ? 'epoch' THEN
        UPDATE public.gerbang g
        SET terakhir_terlihat = clock_timestamp(), versi_program = left(coalesce(p->>'version', ''), 64),
            operator = left(coalesce(p->>'operator', ''), 128),
            tertunda = greatest(coalesce((p->>'pending')::bigint, 0), 0),
            epoch = (p->>'epoch')::uuid, seq = greatest(coalesce((p->>'seq')::bigint, 0), 0)
        WHERE g.login = session_user
        RETURNING * INTO v_gerbang;
    ELSE
        SELECT * INTO v_gerbang FROM public.gerbang g WHERE g.login = session_user;
    END IF;
    RETURN (SELECT json_build_object(
        'site', l.situs, 'gate', coalesce(v_gerbang.kode, ''), 'kind', coalesce(v_gerbang.jenis, 'centre'),
        'server_time', intern.waktu_json(clock_timestamp()), 'generation', intern.generasi(),
        'schema', (SELECT max(versi) FROM public.skema), 'settings_version', l.versi_setelan)
        FROM public.lokasi l WHERE l.situs = v_situs);
END $$;
UPDATE public.gerbang SET tertunda = greatest(tertunda, 0), seq = greatest(seq, 0) WHERE tertunda < 0 OR seq < 0;

-- Where a cursor goes on; NULL when its owner must start anew. That is so for one of another life of this database;
-- for one that has seen transactions this database has not reached (it was restored from a backup and goes on on the
-- same timeline); and for one behind which more happened than one answer can tell in time: the snapshot of what is
-- inside comes in pages.
CREATE FUNCTION intern.kursor_berlaku(p_situs text, p_kursor text) RETURNS pg_snapshot LANGUAGE plpgsql AS $$
DECLARE
    v_dari pg_snapshot := intern.kursor(p_kursor);
BEGIN
    IF v_dari IS NULL OR pg_snapshot_xmax(v_dari) > pg_snapshot_xmax(pg_current_snapshot()) THEN
        RETURN NULL;
    END IF;
    IF (SELECT count(*) FROM (
            SELECT 1 FROM public.peristiwa p
            WHERE p.xid < pg_snapshot_xmax(pg_current_snapshot())
              AND p.xid >= pg_snapshot_xmin(v_dari) AND NOT pg_visible_in_snapshot(p.xid, v_dari)
              AND p.situs IS NOT DISTINCT FROM p_situs LIMIT 5001) n) > 5000 THEN
        RETURN NULL;
    END IF;
    RETURN v_dari;
END $$;

-- The stays that changed since a cursor. Rows at or above the old snapshot's xmin that it did not see and this
-- statement does; the new cursor is this statement's own snapshot. Rows that were restored from another cluster may
-- bear numbers this one has not reached: no such row is news.
CREATE OR REPLACE FUNCTION intern.perubahan(p_situs text, p_kursor text) RETURNS json LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_dari  pg_snapshot := intern.kursor_berlaku(p_situs, p_kursor);
    v_hasil json;
BEGIN
    SELECT json_build_object(
        'reset', v_dari IS NULL, 'cursor', intern.generasi() || '|' || pg_current_snapshot(),
        'settings_version', (SELECT l.versi_setelan FROM public.lokasi l WHERE l.situs = p_situs),
        'stays', coalesce((SELECT json_agg(intern.kunjungan_json(k) ORDER BY k.id) FROM public.kunjungan k
            WHERE k.situs = p_situs AND k.waktu_masuk IS NOT NULL AND k.id IN (
                SELECT p.kunjungan FROM public.peristiwa p
                WHERE p.xid < pg_snapshot_xmax(pg_current_snapshot())
                  AND p.xid >= pg_snapshot_xmin(v_dari) AND NOT pg_visible_in_snapshot(p.xid, v_dari)
                  AND p.situs IS NOT DISTINCT FROM p_situs AND p.jenis IN (
                      'entered', 'left', 'voided', 'corrected', 'duplicate'))), '[]'))
    INTO v_hasil;
    RETURN v_hasil;
END $$;

-- What happened since a cursor, oldest first, with the stay as it is now.
CREATE OR REPLACE FUNCTION hub.feed(p_kursor text) RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_situs text := intern.situs_ini();
    v_dari  pg_snapshot := intern.kursor_berlaku(v_situs, p_kursor);
    v_hasil json;
BEGIN
    SELECT json_build_object(
        'reset', v_dari IS NULL, 'cursor', intern.generasi() || '|' || pg_current_snapshot(),
        'settings_version', (SELECT l.versi_setelan FROM public.lokasi l WHERE l.situs = v_situs),
        'events', coalesce((SELECT json_agg(json_build_object(
                'fact', p.id, 'kind', p.jenis, 'gate', p.gerbang, 'at', intern.waktu_json(p.waktu),
                'stay', intern.kunjungan_json(k)) ORDER BY p.xid, p.gerbang, p.epoch, p.seq)
            FROM public.peristiwa p
            LEFT JOIN public.kunjungan k ON k.situs = p.situs AND k.id = p.kunjungan
            WHERE p.xid < pg_snapshot_xmax(pg_current_snapshot())
              AND p.xid >= pg_snapshot_xmin(v_dari) AND NOT pg_visible_in_snapshot(p.xid, v_dari)
              AND p.situs IS NOT DISTINCT FROM v_situs), '[]'))
    INTO v_hasil;
    RETURN v_hasil;
END $$;

-- Children of an epoch are counted where an id's content was replaced: without this by reading all of the ledger.
-- The index holds a row for each start of a terminal. On a ledger that is large already it is made in about a second
-- for a million facts, and gates wait for it as for any outage.
CREATE INDEX peristiwa_induk ON public.peristiwa ((isi #>> '{body,parent,epoch}')) WHERE jenis = 'started';

-- Counts an epoch anew from the ledger: only where an id's content was replaced.
CREATE OR REPLACE FUNCTION intern.hitung_epok(p_situs text, p_gerbang text, p_epoch uuid) RETURNS void
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
                WHERE p.situs IS NOT DISTINCT FROM p_situs AND p.gerbang IS NOT DISTINCT FROM p_gerbang
                  AND p.jenis = 'started' AND p.isi #>> '{body,parent,epoch}' = p_epoch::text)
    FROM (SELECT 1) satu
    LEFT JOIN LATERAL (SELECT p.seq, p.hash FROM public.peristiwa p
        WHERE p.situs IS NOT DISTINCT FROM p_situs AND p.gerbang IS NOT DISTINCT FROM p_gerbang
          AND p.epoch = p_epoch
        ORDER BY p.seq DESC, p.hash LIMIT 1) t ON true
    WHERE e.situs = p_situs AND e.gerbang = p_gerbang AND e.epoch = p_epoch;
    DELETE FROM public.epok WHERE situs = p_situs AND gerbang = p_gerbang AND epoch = p_epoch
        AND jumlah = 0 AND anak = 0;
END $$;

-- A thumbnail belongs to the gate that took it: who puts one for another's stay takes nobody's place.
ALTER TABLE public.foto DROP CONSTRAINT foto_pkey, ADD PRIMARY KEY (situs, kunjungan, sisi, gerbang);

CREATE OR REPLACE FUNCTION api.photo_put(p_kunjungan uuid, p_sisi text, p_sidik text, p_gambar bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_gerbang public.gerbang := intern.gerbang_ini();
BEGIN
    INSERT INTO public.foto AS f (situs, kunjungan, sisi, gerbang, sidik, gambar)
    VALUES (v_gerbang.situs, p_kunjungan, p_sisi, v_gerbang.kode, left(p_sidik, 64), p_gambar)
    ON CONFLICT (situs, kunjungan, sisi, gerbang) DO UPDATE
    SET sidik = excluded.sidik, gambar = excluded.gambar, diterima = now()
    WHERE f.gambar <> excluded.gambar;
END $$;

-- The one of the gate at which the vehicle came in or went out; until that is known, the one that came first.
CREATE OR REPLACE FUNCTION api.photo_get(p_kunjungan uuid, p_sisi text) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT f.gambar FROM public.foto f
            LEFT JOIN public.kunjungan k ON k.situs = f.situs AND k.id = f.kunjungan
            WHERE f.situs = intern.situs_ini() AND f.kunjungan = p_kunjungan AND f.sisi = p_sisi
            ORDER BY (f.gerbang = CASE p_sisi WHEN 'in' THEN k.gerbang_masuk ELSE k.gerbang_keluar END) DESC NULLS LAST,
                     f.diterima, f.gerbang LIMIT 1);
END $$;

-- Brings stays up to their facts: kunjungan, kendaraan, transaksi, roll-up. p_rentang bounds the ids of this call's
-- facts. First the stays nobody has (only this call holds facts of them: written once, whole), then the rest under
-- their locks, both in key order. A row that vanished while we waited for it goes round again; whoever came too late
-- four times is told to try again as a whole, and nothing of it stays.
CREATE OR REPLACE FUNCTION intern.susun(p_situs text, p_rentang intern.rentang[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_sisa  intern.rentang[] := p_rentang;
    v_belum intern.rentang[];
    v_baru  uuid[];
    v_lama  intern.rentang[];
BEGIN
    FOR putaran IN 1..4 LOOP
        v_belum := ARRAY(
            SELECT ROW(s.id, s.awal, s.akhir)::intern.rentang FROM unnest(v_sisa) s
            WHERE (SELECT 1 FROM public.kunjungan k WHERE k.situs = p_situs AND k.id = s.id LIMIT 1) IS NULL);
        v_baru := '{}';
        IF cardinality(v_belum) > 0 THEN
            WITH tambah AS (
                INSERT INTO public.kunjungan
                SELECT k.* FROM intern.proyeksi(p_situs, v_belum) k ORDER BY k.id
                ON CONFLICT (situs, id) DO NOTHING
                RETURNING id, keadaan, tiket, plat_nomor, plat_ketik, jenis, waktu_masuk, gerbang_masuk, operator,
                          tarif_versi, versi
            ), masuk AS (
                INSERT INTO public.kendaraan
                SELECT p_situs, id, tiket, plat_nomor, plat_ketik, jenis, waktu_masuk, gerbang_masuk, operator,
                       tarif_versi, versi
                FROM tambah WHERE keadaan = 'di_dalam'
            )
            SELECT coalesce(array_agg(id), '{}') INTO v_baru FROM tambah;
        END IF;
        IF cardinality(v_baru) = cardinality(v_sisa) THEN
            v_sisa := '{}';
            EXIT;
        END IF;

        v_lama := ARRAY(
            SELECT ROW(k.id, least(k.fakta_awal, s.awal), greatest(k.fakta_akhir, s.akhir))::intern.rentang
            FROM (SELECT r.* FROM unnest(v_sisa) r WHERE r.id <> ALL (v_baru) ORDER BY r.id) s,
            LATERAL (SELECT k.id, k.fakta_awal, k.fakta_akhir FROM public.kunjungan k
                     WHERE k.situs = p_situs AND k.id = s.id FOR UPDATE) k);
        PERFORM intern.susun_ulang(p_situs, v_lama);
        v_sisa := ARRAY(SELECT ROW(s.id, s.awal, s.akhir)::intern.rentang FROM unnest(v_sisa) s
                        WHERE s.id <> ALL (v_baru) AND s.id NOT IN (SELECT l.id FROM unnest(v_lama) l));
        EXIT WHEN cardinality(v_sisa) = 0;
    END LOOP;
    -- A stay without facts has no row, and that is right.
    IF cardinality(v_sisa) > 0 AND EXISTS (SELECT 1 FROM intern.proyeksi(p_situs, v_sisa)) THEN
        RAISE serialization_failure USING MESSAGE = 'kunjungan berubah terus selama disusun';
    END IF;
    PERFORM intern.tulis_duplikat(p_situs, ARRAY(SELECT r.id FROM unnest(p_rentang) r));
    PERFORM intern.tulis_transaksi(p_situs, ARRAY(SELECT r.id FROM unnest(p_rentang) r));
END $$;

-- A gate may lift its own time limits and lie idle with locks that all others wait for. Its transactions are one
-- statement each and take seconds: who is in one for longer is shown the door. The right to do so belongs to a role
-- that can do nothing else, and only a superuser can make it: `parkir db init` does, and so does this migration where
-- it runs as one. Without the role the server tells so, and goes on without.
CREATE FUNCTION hub.end_stuck_gates() RETURNS integer LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid))::integer
    FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
    WHERE a.datname = current_database() AND NOT r.rolsuper AND starts_with(r.rolname, 'gate_')
      AND pg_has_role(r.oid, 'parkir_gate', 'MEMBER')
      AND (a.xact_start < clock_timestamp() - interval '15 seconds' AND starts_with(a.state, 'idle in transaction')
           OR a.xact_start < clock_timestamp() - interval '30 seconds')
$$;
GRANT EXECUTE ON FUNCTION hub.end_stuck_gates() TO parkir_hub;
SET LOCAL ROLE NONE;
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'parkir_watch') THEN
        CREATE ROLE parkir_watch NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
    GRANT pg_signal_backend, pg_read_all_stats TO parkir_watch;
    ALTER FUNCTION hub.end_stuck_gates() OWNER TO parkir_watch;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'parkir_watch belum dibuat: jalankan lagi "parkir db init" sebagai superuser';
END $$;
SET LOCAL ROLE parkir_owner;
