-- Bayar di depan: money that entries take. It stands in the entry's fact; the exit's fee is the rest. The books have it on
-- the day and at the gate it was paid.

-- One row an entry that was paid, whatever becomes of it; bayar_di_depan says whether it stands.
CREATE TABLE public.bayar_depan (
    situs   text NOT NULL,
    id      uuid NOT NULL,                  -- of the entry, and so of the stay
    gerbang text NOT NULL,
    waktu   timestamptz NOT NULL,
    jenis   text NOT NULL,
    jumlah  bigint NOT NULL,
    metode  text NOT NULL,
    operator text NOT NULL,
    shift   text,
    PRIMARY KEY (situs, id, gerbang)
);
CREATE INDEX bayar_depan_waktu ON public.bayar_depan (waktu);
CREATE INDEX bayar_depan_shift ON public.bayar_depan (shift);

-- Wherever such a fact comes from, and also when its content yields to another's.
CREATE FUNCTION intern.depan_berubah() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    b jsonb := NEW.isi->'body';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM public.bayar_depan d WHERE d.situs = OLD.situs AND d.id = OLD.id AND d.gerbang = OLD.gerbang;
    END IF;
    IF NEW.jenis = 'entered' AND jsonb_typeof(b->'prepaid') = 'object' THEN
        INSERT INTO public.bayar_depan VALUES (
            NEW.situs, NEW.id, NEW.gerbang, NEW.waktu, left(coalesce(b->>'class', ''), 64),
            greatest(coalesce(intern.bulat(b #> '{prepaid,amount}'), 0), 0),
            left(coalesce(b #>> '{prepaid,method}', ''), 64), left(coalesce(NEW.isi->>'operator', ''), 128),
            left(NEW.isi->>'shift', 64));
    END IF;
    RETURN NULL;
END $$;
-- Most entries are told by their text alone.
CREATE TRIGGER depan_baru AFTER INSERT ON public.peristiwa FOR EACH ROW
    WHEN (NEW.jenis = 'entered' AND NEW.isi::text LIKE '%"prepaid"%') EXECUTE FUNCTION intern.depan_berubah();
CREATE TRIGGER depan_ubah AFTER UPDATE OF jenis, isi, id, gerbang, waktu ON public.peristiwa FOR EACH ROW
    WHEN (OLD.isi::text LIKE '%"prepaid"%' OR NEW.isi::text LIKE '%"prepaid"%')
    EXECUTE FUNCTION intern.depan_berubah();

-- Whether an entry itself was taken back or set aside, by the rules of intern.proyeksi.
CREATE FUNCTION intern.masuk_batal(p_situs text, p_gerbang text, p_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    WITH f AS MATERIALIZED (
        SELECT q.id, q.gerbang, q.jenis, q.isi #>> '{body,target}' AS sasaran,
               q.isi #>> '{body,target_gate}' AS sasaran_gerbang
        FROM public.kunjungan k, public.peristiwa q
        WHERE k.situs = p_situs AND k.id = p_id AND q.situs IS NOT DISTINCT FROM p_situs AND q.kunjungan = p_id
          AND q.id BETWEEN k.fakta_awal AND k.fakta_akhir
          AND q.jenis IN ('left', 'voided', 'corrected', 'duplicate') AND q.jenis IN ('voided', 'duplicate')
    ), sah AS (
        SELECT v.sasaran, v.sasaran_gerbang FROM f v
        WHERE v.jenis = 'voided' AND (v.sasaran_gerbang <> 'PUSAT' OR v.gerbang = 'PUSAT') AND NOT EXISTS (
            SELECT 1 FROM f w WHERE w.jenis = 'voided' AND w.sasaran = v.id::text AND w.sasaran_gerbang = v.gerbang
              AND (v.gerbang <> 'PUSAT' OR w.gerbang = 'PUSAT'))
    )
    SELECT EXISTS (SELECT 1 FROM sah WHERE sasaran = p_id::text AND sasaran_gerbang = p_gerbang)
        OR EXISTS (SELECT 1 FROM f r WHERE r.jenis = 'duplicate' AND r.gerbang = 'PUSAT'
            AND r.sasaran = p_id::text AND r.sasaran_gerbang = p_gerbang AND NOT EXISTS (
                SELECT 1 FROM sah WHERE sah.sasaran = r.id::text AND sah.sasaran_gerbang = r.gerbang))
$$;

CREATE VIEW public.bayar_di_depan AS
SELECT d.situs, intern.hari_situs(d.situs, d.waktu) AS hari, d.gerbang, d.id, d.waktu, d.jenis, d.jumlah, d.metode,
       d.operator, d.shift, intern.masuk_batal(d.situs, d.gerbang, d.id) AS batal
FROM public.bayar_depan d;

-- The roll-up of a day and gate with what was paid on the way in there, less what was paid back.
CREATE OR REPLACE VIEW public.pendapatan_bersih AS
SELECT situs, hari, gerbang, sum(total)::bigint AS total, sum(kembali)::bigint AS dikembalikan,
       (sum(total) + sum(depan) - sum(kembali))::bigint AS bersih, sum(depan)::bigint AS bayar_di_depan
FROM (SELECT h.situs, h.hari, h.gerbang, h.total, 0::bigint AS kembali, 0::bigint AS depan
      FROM public.pendapatan_harian h
      UNION ALL
      SELECT k.situs, intern.hari_situs(k.situs, k.waktu), k.gerbang, 0, k.jumlah, 0 FROM public.pengembalian k
      UNION ALL
      SELECT d.situs, d.hari, d.gerbang, 0, 0, d.jumlah FROM public.bayar_di_depan d WHERE NOT d.batal) s
GROUP BY situs, hari, gerbang;
GRANT SELECT ON public.bayar_depan, public.bayar_di_depan TO parkir_admin;

-- As before (0025), with what the gate that let it in took.
CREATE OR REPLACE FUNCTION intern.kunjungan_json(k public.kunjungan) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN k.waktu_masuk IS NOT NULL THEN json_build_object(
        'stay', k.id, 'ticket', k.tiket, 'plate', k.plat_nomor, 'class', k.jenis,
        'entered_at', intern.waktu_json(k.waktu_masuk), 'entered_gate', k.gerbang_masuk, 'operator', k.operator,
        'tariff', k.tarif_versi, 'version', k.versi,
        'state', CASE k.keadaan WHEN 'di_dalam' THEN 'inside' WHEN 'keluar' THEN 'left' ELSE 'void' END,
        'left_at', intern.waktu_json(k.waktu_keluar), 'left_gate', k.gerbang_keluar, 'fee', k.biaya,
        'prepaid', (SELECT d.jumlah FROM public.bayar_depan d
                    WHERE d.situs = k.situs AND d.id = k.id AND d.gerbang = k.gerbang_masuk),
        'paper', (SELECT c.hasil FROM public.cetakan c
                  WHERE c.situs = k.situs AND c.kunjungan = k.id AND c.gerbang = k.gerbang_masuk
                  ORDER BY c.id DESC LIMIT 1)) END
$$;

-- As before (0025), with what the shift's entries took: its slip counts that too.
CREATE OR REPLACE FUNCTION intern.jumlah_shift(p_situs text, p_gerbang text, p_id uuid,
    OUT jumlah bigint, OUT total bigint, OUT batal bigint, OUT total_batal bigint, OUT metode jsonb)
LANGUAGE sql STABLE AS $$
    WITH t AS MATERIALIZED (
        SELECT t.metode, t.biaya, t.batal, 1 AS keluar FROM public.peristiwa q, LATERAL (
            SELECT t.metode, t.biaya, t.batal FROM public.transaksi t
            WHERE t.situs = q.situs AND t.tanggal = q.waktu AND t.gerbang = q.gerbang AND t.id = q.id OFFSET 0) t
        WHERE q.jenis = 'left' AND q.isi ->> 'shift' = p_id::text AND q.isi::text NOT LIKE '%"shift":null%'
          AND q.situs IS NOT DISTINCT FROM p_situs AND q.gerbang IS NOT DISTINCT FROM p_gerbang
        UNION ALL
        SELECT d.metode, d.jumlah, d.batal, 0 FROM public.bayar_di_depan d
        WHERE d.shift = p_id::text AND d.situs = p_situs AND d.gerbang = p_gerbang
    )
    SELECT coalesce(sum(t.keluar) FILTER (WHERE NOT t.batal), 0)::bigint,
           coalesce(sum(t.biaya) FILTER (WHERE NOT t.batal), 0)::bigint,
           count(*) FILTER (WHERE t.batal), coalesce(sum(t.biaya) FILTER (WHERE t.batal), 0)::bigint,
           (SELECT coalesce(jsonb_object_agg(m.metode, jsonb_build_object('count', m.n, 'sum', m.jumlah)), '{}')
            FROM (SELECT t.metode, count(*) AS n, sum(t.biaya) AS jumlah FROM t WHERE NOT t.batal GROUP BY 1) m)
    FROM t
$$;

-- As before (0007); revenue is what was paid today, at exits and on the way in.
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

-- As before (0017); what a stay was paid is what both its sides took.
CREATE OR REPLACE FUNCTION ops.exits(p jsonb) RETURNS json LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
    v_situs text := intern.situs_ini();
    v_dari  timestamptz := coalesce((p #>> '{after,at}')::timestamptz, (p->>'from')::timestamptz);
    v_hasil json;
BEGIN
    WITH halaman AS (
        SELECT t.* FROM public.transaksi t
        WHERE t.situs = v_situs AND t.tanggal >= v_dari AND t.tanggal < (p->>'to')::timestamptz AND NOT t.batal
          AND ((p->'after') IS NULL OR (t.tanggal, t.gerbang, t.id)
               > (v_dari, p #>> '{after,gate}', (p #>> '{after,id}')::uuid))
        ORDER BY t.tanggal, t.gerbang, t.id LIMIT 5000
    )
    SELECT json_build_object(
        'exits', coalesce((SELECT json_agg(json_build_object(
                'class', h.jenis, 'entered_at', intern.waktu_json(h.waktu_masuk),
                'left_at', intern.waktu_json(h.tanggal), 'tariff', h.tarif_versi,
                'fee', h.biaya + coalesce((SELECT d.jumlah FROM public.bayar_depan d
                    WHERE d.situs = h.situs AND d.id = h.kunjungan AND d.gerbang = h.gerbang_masuk), 0))
                ORDER BY h.tanggal, h.gerbang, h.id) FROM halaman h), '[]'),
        'next', (SELECT CASE WHEN (SELECT count(*) FROM halaman) = 5000 THEN json_build_object(
                'at', h.tanggal, 'gate', h.gerbang, 'id', h.id) END
            FROM halaman h ORDER BY h.tanggal DESC, h.gerbang DESC, h.id DESC LIMIT 1))
    INTO v_hasil;
    RETURN v_hasil;
END $$;
