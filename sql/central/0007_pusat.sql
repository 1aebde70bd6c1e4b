-- The server's and the administrators' functions.

-- SHA-256 of every token that may open the hub's door.
CREATE FUNCTION hub.tokens() RETURNS TABLE (gerbang text, sidik text) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT g.kode, g.sidik_token FROM public.gerbang g WHERE g.situs = intern.situs_ini() AND g.aktif
    UNION ALL
    SELECT upper(substr(c.nama, 7)), c.nilai #>> '{}' FROM public.konfigurasi c
    WHERE c.situs = intern.situs_ini() AND c.nama LIKE 'token\_%'
$$;

-- What happened since a cursor, oldest first, with the stay as it is now.
CREATE FUNCTION hub.feed(p_kursor text) RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_situs text := intern.situs_ini();
    v_dari  pg_snapshot := intern.kursor(p_kursor);
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
            WHERE p.xid >= pg_snapshot_xmin(v_dari) AND p.xid < pg_snapshot_xmax(pg_current_snapshot())
              AND NOT pg_visible_in_snapshot(p.xid, v_dari)
              AND p.situs IS NOT DISTINCT FROM v_situs), '[]'))
    INTO v_hasil;
    RETURN v_hasil;
END $$;

-- Couriered facts whose signature must be checked, oldest first.
CREATE FUNCTION hub.held() RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT t.isi::text FROM public.titipan t WHERE t.situs = intern.situs_ini() ORDER BY t.diterima, t.id LIMIT 500
$$;

-- Ends the wait of couriered facts: [{gate, fact, hash, reason}], reason null for those whose signature is the
-- gate's own. They are applied under the gate they name; a gate nobody knows is turned away here too.
CREATE FUNCTION hub.settle(p jsonb) RETURNS TABLE (gate text, fact uuid, verdict text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    v_situs   text := intern.situs_ini();
    v_isi     json[];
    v_fakta   intern.fakta[];
    v_putusan text[];
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
        RETURNING t.isi
    )
    SELECT array_agg(ambil.isi) INTO v_isi FROM ambil;
    IF v_isi IS NULL THEN
        RETURN;
    END IF;
    v_fakta := intern.baca_semua(v_isi);
    v_putusan := intern.terapkan(v_situs, v_isi, v_fakta);
    RETURN QUERY SELECT f.gerbang, f.id, v_putusan[row_number() OVER (ORDER BY f.urut)]
        FROM unnest(v_fakta) f WHERE f.kode IS NULL;
END $$;

CREATE FUNCTION hub.counts() RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT json_build_object(
        'inside', (SELECT count(*) FROM public.kendaraan v WHERE v.situs = intern.situs_ini()),
        'held', (SELECT count(*) FROM public.titipan t WHERE t.situs = intern.situs_ini()),
        'quarantined', (SELECT count(*) FROM public.karantina k WHERE k.situs = intern.situs_ini()),
        'forks', (SELECT count(*) FROM public.epok e WHERE e.situs = intern.situs_ini() AND e.bercabang))
$$;

-- Partitions for the months to come. Daily.
CREATE FUNCTION hub.prepare_months() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '500ms' AS $$
BEGIN
    RETURN intern.siapkan_bulan();
END $$;

-- The bounds of the site's business day now.
CREATE FUNCTION intern.hari_ini(p_situs text, OUT hari date, OUT awal timestamptz, OUT akhir timestamptz, OUT zona text)
LANGUAGE sql STABLE AS $$
    SELECT h.hari, (h.hari::timestamp AT TIME ZONE l.zona) + make_interval(mins => l.pergantian_menit),
           ((h.hari + 1)::timestamp AT TIME ZONE l.zona) + make_interval(mins => l.pergantian_menit), l.zona
    FROM public.lokasi l, LATERAL (SELECT intern.hari(now(), l.zona, l.pergantian_menit) AS hari) h
    WHERE l.situs = p_situs
$$;

-- The first page: what is inside and what passed today.
CREATE FUNCTION ops.overview() RETURNS json LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_situs text := intern.situs_ini();
    v_hari  record;
    v_hasil json;
BEGIN
    SELECT * INTO v_hari FROM intern.hari_ini(v_situs);
    WITH dalam AS (
        SELECT v.jenis, v.gerbang_masuk AS gerbang, count(*) AS n,
               count(*) FILTER (WHERE v.waktu_masuk < now() - interval '24 hours') AS basi
        FROM public.kendaraan v WHERE v.situs = v_situs GROUP BY 1, 2
    ), masuk AS (
        SELECT k.jenis, k.gerbang_masuk AS gerbang,
               extract(hour FROM k.waktu_masuk AT TIME ZONE v_hari.zona)::integer AS jam, count(*) AS n
        FROM public.kunjungan k
        WHERE k.situs = v_situs AND k.keadaan IN ('di_dalam', 'keluar')
          AND k.id >= intern.uuid_batas(v_hari.awal - interval '1 day')
          AND k.id < intern.uuid_batas(v_hari.akhir + interval '1 day')
          AND k.waktu_masuk >= v_hari.awal AND k.waktu_masuk < v_hari.akhir
        GROUP BY 1, 2, 3
    ), keluar AS (
        SELECT p.jenis, p.gerbang, sum(p.jumlah) AS n, sum(p.total) AS total
        FROM public.pendapatan_harian p WHERE p.situs = v_situs AND p.hari = v_hari.hari GROUP BY 1, 2
    )
    SELECT json_build_object(
        'inside', (SELECT coalesce(sum(n), 0) FROM dalam),
        'capacity', (SELECT sum(j.kapasitas) FROM public.jenis_kendaraan j WHERE j.situs = v_situs),
        'entries', (SELECT coalesce(sum(n), 0) FROM masuk),
        'exits', (SELECT coalesce(sum(n), 0) FROM keluar),
        'revenue', (SELECT coalesce(sum(total), 0) FROM keluar),
        'stale', (SELECT coalesce(sum(basi), 0) FROM dalam),
        'hours', (SELECT json_agg((SELECT coalesce(sum(m.n), 0) FROM masuk m WHERE m.jam = j.jam) ORDER BY j.jam)
                  FROM generate_series(0, 23) AS j(jam)),
        'classes', (SELECT coalesce(json_agg(json_build_object(
                'name', j.nama,
                'inside', (SELECT coalesce(sum(n), 0) FROM dalam WHERE dalam.jenis = j.id),
                'entries', (SELECT coalesce(sum(n), 0) FROM masuk WHERE masuk.jenis = j.id),
                'exits', (SELECT coalesce(sum(n), 0) FROM keluar WHERE keluar.jenis = j.id),
                'revenue', (SELECT coalesce(sum(total), 0) FROM keluar WHERE keluar.jenis = j.id))
                ORDER BY j.urutan, j.id), '[]')
            FROM public.jenis_kendaraan j WHERE j.situs = v_situs),
        'gates', (SELECT coalesce(json_agg(json_build_object(
                'name', g.kode,
                'inside', (SELECT coalesce(sum(n), 0) FROM dalam WHERE dalam.gerbang = g.kode),
                'entries', (SELECT coalesce(sum(n), 0) FROM masuk WHERE masuk.gerbang = g.kode),
                'exits', (SELECT coalesce(sum(n), 0) FROM keluar WHERE keluar.gerbang = g.kode),
                'revenue', (SELECT coalesce(sum(total), 0) FROM keluar WHERE keluar.gerbang = g.kode))
                ORDER BY g.kode), '[]')
            FROM public.gerbang g WHERE g.situs = v_situs))
    INTO v_hasil;
    RETURN v_hasil;
END $$;

-- The newest 500 stays whose ticket or plate holds the filter; all of them for an empty one.
CREATE FUNCTION ops.stays(p_saring text) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'stay', t.id, 'ticket', t.tiket, 'plate', coalesce(t.plat_nomor, ''), 'class', t.jenis,
        'entered_at', intern.waktu_json(t.waktu_masuk), 'entered_gate', t.gerbang_masuk,
        'left_at', intern.waktu_json(t.waktu_keluar), 'left_gate', coalesce(t.gerbang_keluar, ''),
        'operator', coalesce(nullif(t.operator_keluar, ''), t.operator), 'fee', t.biaya,
        'method', coalesce(t.metode, ''), 'state', t.keadaan, 'flags', t.tanda) ORDER BY t.id DESC), '[]')
    FROM (SELECT k.* FROM public.kunjungan k
          WHERE k.situs = intern.situs_ini() AND k.keadaan <> 'menunggu'
            AND (coalesce(p_saring, '') = ''
                 OR strpos(k.tiket, upper(trim(p_saring))) > 0
                 OR strpos(k.plat_nomor, nullif(regexp_replace(upper(p_saring), '[^A-Z0-9]', '', 'g'), '')) > 0)
          ORDER BY k.id DESC LIMIT 500) t
$$;

CREATE FUNCTION ops.terminals() RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'gate', g.kode, 'kind', g.jenis, 'operator', g.operator,
        'connected', g.aktif AND coalesce(g.terakhir_terlihat > now() - interval '25 seconds', false),
        'pending', g.tertunda, 'last_seen', intern.waktu_json(g.terakhir_terlihat), 'version', g.versi_program,
        'active', g.aktif, 'forks', (SELECT count(*) FROM public.epok e
            WHERE e.situs = g.situs AND e.gerbang = g.kode AND e.bercabang)) ORDER BY g.kode), '[]')
    FROM public.gerbang g WHERE g.situs = intern.situs_ini()
$$;

-- What a new site begins with: four classes and tariff 1, the rules every terminal has built in.
CREATE FUNCTION intern.tanam(p_situs text, p_nama text, p_zona text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.lokasi (situs, nama, zona) VALUES (p_situs, p_nama, p_zona) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO public.jenis_kendaraan (situs, id, nama, tombol, kapasitas, urutan) VALUES
        (p_situs, 'motor', 'Motor', '1', 300, 1), (p_situs, 'mobil', 'Mobil', '2', 200, 2),
        (p_situs, 'truk', 'Truk', '3', 20, 3), (p_situs, 'bus', 'Bus', '4', 10, 4);
    INSERT INTO public.tarif (situs, versi, berlaku_sejak, aturan)
    SELECT p_situs, 1, '1970-01-01 00:00+00', jsonb_object_agg(r.jenis, jsonb_build_object(
        'grace_minutes', 10, 'first_minutes', 60, 'first_fee', r.pertama, 'next_minutes', 60,
        'next_fee', r.berikut, 'daily_cap', r.batas))
    FROM (VALUES ('motor', 2000, 1000, 10000), ('mobil', 5000, 2000, 25000), ('truk', 10000, 5000, 60000),
                 ('bus', 10000, 5000, 60000)) AS r(jenis, pertama, berikut, batas);
    UPDATE public.lokasi SET versi_setelan = 1 WHERE situs = p_situs;
END $$;
