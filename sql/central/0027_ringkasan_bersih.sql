-- As before (0026), with what was paid back today, as pendapatan_bersih has it: revenue alone is gross of fines that went back.
CREATE OR REPLACE FUNCTION ops.overview() RETURNS json LANGUAGE plpgsql STABLE SECURITY DEFINER
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
        SELECT s.jenis, s.gerbang, sum(s.n) AS n, sum(s.total) AS total FROM (
            SELECT p.jenis, p.gerbang, p.jumlah AS n, p.total
            FROM public.pendapatan_harian p WHERE p.situs = v_situs AND p.hari = v_hari.hari
            UNION ALL
            SELECT d.jenis, d.gerbang, 0, d.jumlah FROM public.bayar_di_depan d
            WHERE d.situs = v_situs AND d.waktu >= v_hari.awal AND d.waktu < v_hari.akhir AND NOT d.batal) s
        GROUP BY 1, 2
    )
    SELECT json_build_object(
        'inside', (SELECT coalesce(sum(n), 0) FROM dalam),
        'capacity', (SELECT sum(j.kapasitas) FROM public.jenis_kendaraan j WHERE j.situs = v_situs),
        'entries', (SELECT coalesce(sum(n), 0) FROM masuk),
        'exits', (SELECT coalesce(sum(n), 0) FROM keluar),
        'revenue', (SELECT coalesce(sum(total), 0) FROM keluar),
        'refunded', (SELECT coalesce(sum(r.jumlah), 0) FROM public.pengembalian r
                     WHERE r.situs = v_situs AND r.waktu >= v_hari.awal AND r.waktu < v_hari.akhir),
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
