-- What else a gate may call. Everything is SECURITY DEFINER with a pinned search_path that ends in pg_temp.

-- Which life of which cluster and database this is: a restore, a promotion or a new database makes another one.
CREATE FUNCTION intern.generasi() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT s.system_identifier || '.' || d.oid || '.' || c.timeline_id
    FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d WHERE d.datname = current_database()
$$;

CREATE FUNCTION intern.waktu_json(p timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(p AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- A stay as terminals know it; none for a stay of which only a void or a correction is known.
CREATE FUNCTION intern.kunjungan_json(k public.kunjungan) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN k.waktu_masuk IS NOT NULL THEN json_build_object(
        'stay', k.id, 'ticket', k.tiket, 'plate', k.plat_nomor, 'class', k.jenis,
        'entered_at', intern.waktu_json(k.waktu_masuk), 'entered_gate', k.gerbang_masuk, 'operator', k.operator,
        'tariff', k.tarif_versi, 'version', k.versi,
        'state', CASE k.keadaan WHEN 'di_dalam' THEN 'inside' WHEN 'keluar' THEN 'left' ELSE 'void' END,
        'left_at', intern.waktu_json(k.waktu_keluar), 'left_gate', k.gerbang_keluar, 'fee', k.biaya) END
$$;

-- The site a caller belongs to: its gate's, or for the centre's own people the one site of this database.
CREATE FUNCTION intern.situs_ini() RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_situs text;
BEGIN
    IF pg_has_role(session_user, 'parkir_hub', 'MEMBER') OR pg_has_role(session_user, 'parkir_admin', 'MEMBER') THEN
        SELECT l.situs INTO v_situs FROM public.lokasi l ORDER BY l.situs LIMIT 1;
        RETURN v_situs;
    END IF;
    RETURN (intern.gerbang_ini()).situs;
END $$;

-- The check of every ten seconds: who am I, what time is it, did settings change; and what the terminal tells.
CREATE FUNCTION api.hello(p jsonb) RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_situs   text := intern.situs_ini();
    v_gerbang public.gerbang;
BEGIN
    -- Without an epoch somebody only asks (Periksa, the menu): the terminal's own report stays as it is.
    IF p ? 'epoch' THEN
        UPDATE public.gerbang g
        SET terakhir_terlihat = clock_timestamp(), versi_program = left(coalesce(p->>'version', ''), 64),
            operator = left(coalesce(p->>'operator', ''), 128), tertunda = coalesce((p->>'pending')::bigint, 0),
            epoch = (p->>'epoch')::uuid, seq = coalesce((p->>'seq')::bigint, 0)
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

-- Everything a terminal must know, as domain::settings reads it.
CREATE FUNCTION intern.setelan(p_situs text) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'version', l.versi_setelan, 'site', l.situs, 'site_name', l.nama, 'zone', l.zona,
        'cutoff_minutes', l.pergantian_menit,
        'classes', coalesce((SELECT json_agg(json_build_object(
                'id', j.id, 'name', j.nama, 'key', j.tombol, 'capacity', j.kapasitas) ORDER BY j.urutan, j.id)
            FROM public.jenis_kendaraan j WHERE j.situs = l.situs), '[]'),
        'tariffs', coalesce((SELECT json_agg(json_build_object(
                'version', t.versi, 'effective_from', intern.waktu_json(t.berlaku_sejak), 'rules', t.aturan)
                ORDER BY t.versi)
            FROM public.tarif t WHERE t.situs = l.situs), '[]'),
        'keys', coalesce((SELECT json_agg(json_build_object(
                'gate', k.gerbang, 'key', k.kunci, 'revoked_at', intern.waktu_json(k.dicabut_pada))
                ORDER BY k.gerbang, k.dibuat, k.kunci)
            FROM public.kunci_gerbang k WHERE k.situs = l.situs), '[]'))
    FROM public.lokasi l WHERE l.situs = p_situs
$$;

CREATE FUNCTION api.settings() RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN intern.setelan(intern.situs_ini());
END $$;

-- A cursor is "generation|snapshot". Splits one of this generation, NULL for any other.
CREATE FUNCTION intern.kursor(p text) RETURNS pg_snapshot LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p IS NULL OR split_part(p, '|', 1) <> intern.generasi() THEN
        RETURN NULL;
    END IF;
    RETURN split_part(p, '|', 2)::pg_snapshot;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;

-- The stays that changed since a cursor. Rows at or above the old snapshot's xmin that it did not see and this
-- statement does; the new cursor is this statement's own snapshot. A foreign cursor is told to start anew. Rows that
-- were restored from another cluster may bear numbers this one has not reached: no such row is news.
CREATE FUNCTION intern.perubahan(p_situs text, p_kursor text) RETURNS json LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_dari  pg_snapshot := intern.kursor(p_kursor);
    v_hasil json;
BEGIN
    SELECT json_build_object(
        'reset', v_dari IS NULL, 'cursor', intern.generasi() || '|' || pg_current_snapshot(),
        'settings_version', (SELECT l.versi_setelan FROM public.lokasi l WHERE l.situs = p_situs),
        'stays', coalesce((SELECT json_agg(intern.kunjungan_json(k) ORDER BY k.id) FROM public.kunjungan k
            WHERE k.situs = p_situs AND k.waktu_masuk IS NOT NULL AND k.id IN (
                SELECT p.kunjungan FROM public.peristiwa p
                WHERE p.xid >= pg_snapshot_xmin(v_dari) AND p.xid < pg_snapshot_xmax(pg_current_snapshot())
                  AND NOT pg_visible_in_snapshot(p.xid, v_dari)
                  AND p.situs IS NOT DISTINCT FROM p_situs AND p.jenis IN (
                      'entered', 'left', 'voided', 'corrected', 'duplicate'))), '[]'))
    INTO v_hasil;
    RETURN v_hasil;
END $$;

CREATE FUNCTION api.pull(p_kursor text) RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN intern.perubahan(intern.situs_ini(), p_kursor);
END $$;

-- The vehicles inside, by id, 1000 at a time.
CREATE FUNCTION intern.potret(p_situs text, p_sesudah uuid) RETURNS json LANGUAGE sql STABLE AS $$
    WITH halaman AS (
        SELECT v.id FROM public.kendaraan v
        WHERE v.situs = p_situs AND (p_sesudah IS NULL OR v.id > p_sesudah) ORDER BY v.id LIMIT 1000
    )
    SELECT json_build_object(
        'stays', coalesce((SELECT json_agg(intern.kunjungan_json(k) ORDER BY k.id) FROM halaman h
            JOIN public.kunjungan k ON k.situs = p_situs AND k.id = h.id), '[]'),
        'next', (SELECT CASE WHEN count(*) = 1000 THEN (array_agg(h.id ORDER BY h.id DESC))[1] END FROM halaman h))
$$;

CREATE FUNCTION api.snapshot(p_sesudah uuid) RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN intern.potret(intern.situs_ini(), p_sesudah);
END $$;

-- Which of these ranges of a gate's own facts are not here as the gate has them: [{epoch, from, to, count, digest}]
-- in, their places in the list (from 0) out. A centre restored from an older backup is found so.
CREATE FUNCTION api.ranges(p jsonb) RETURNS integer[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_gerbang public.gerbang := intern.gerbang_ini();
BEGIN
    RETURN ARRAY(
        SELECT (r.urut - 1)::integer
        FROM ROWS FROM (jsonb_to_recordset(p) AS (epoch uuid, "from" bigint, "to" bigint, count bigint, digest text))
            WITH ORDINALITY AS r(epoch, dari, sampai, banyak, sidik, urut),
        LATERAL (SELECT count(*) AS banyak, sha256(convert_to(E'parkir-ranges-v1\n', 'UTF8')
                     || coalesce(string_agg(q.hash, '' ORDER BY q.seq, q.hash), '')) AS sidik
                 FROM public.peristiwa q
                 WHERE q.epoch = r.epoch AND q.seq BETWEEN r.dari AND r.sampai
                   AND q.situs IS NOT DISTINCT FROM v_gerbang.situs
                   AND q.gerbang IS NOT DISTINCT FROM v_gerbang.kode OFFSET 0) ada
        WHERE ada.banyak <> r.banyak OR encode(ada.sidik, 'hex') <> r.sidik
        ORDER BY r.urut);
END $$;

-- The hashes of a gate's own facts in one range, at most 1000.
CREATE FUNCTION api.rows(p_epoch uuid, p_dari bigint, p_sampai bigint) RETURNS text[] LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_gerbang public.gerbang := intern.gerbang_ini();
BEGIN
    RETURN ARRAY(
        SELECT encode(q.hash, 'hex') FROM public.peristiwa q
        WHERE q.epoch = p_epoch AND q.seq BETWEEN p_dari AND least(p_sampai, p_dari + 999)
          AND q.situs IS NOT DISTINCT FROM v_gerbang.situs AND q.gerbang IS NOT DISTINCT FROM v_gerbang.kode
        ORDER BY q.seq, q.hash);
END $$;

-- A thumbnail. The last one of a side holds; only the gate that put it may replace it.
CREATE FUNCTION api.photo_put(p_kunjungan uuid, p_sisi text, p_sidik text, p_gambar bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_gerbang public.gerbang := intern.gerbang_ini();
BEGIN
    INSERT INTO public.foto AS f (situs, kunjungan, sisi, gerbang, sidik, gambar)
    VALUES (v_gerbang.situs, p_kunjungan, p_sisi, v_gerbang.kode, left(p_sidik, 64), p_gambar)
    ON CONFLICT (situs, kunjungan, sisi) DO UPDATE
    SET sidik = excluded.sidik, gambar = excluded.gambar, diterima = now()
    WHERE f.gerbang = excluded.gerbang AND f.gambar <> excluded.gambar;
END $$;

CREATE FUNCTION api.photo_get(p_kunjungan uuid, p_sisi text) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT f.gambar FROM public.foto f
            WHERE f.situs = intern.situs_ini() AND f.kunjungan = p_kunjungan AND f.sisi = p_sisi);
END $$;
