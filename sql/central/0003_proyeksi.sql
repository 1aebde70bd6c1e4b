-- Projection: what a stay is, from the set of its facts. Nothing here looks at the order of arrival.
--
-- Lookups stand in LATERAL (… OFFSET 0), writes go by ctid: plans are made once per session, perhaps on empty
-- tables, and must be index lookups whatever the tables hold by then.

-- A stay, and the bounds of the ids of its facts.
CREATE TYPE intern.rentang AS (id uuid, awal uuid, akhir uuid);

-- These stays, each from its facts within its bounds. A stay without facts gives no row. Facts that shape a stay are entered, left, voided and corrected; the smallest (id, gerbang) of the exits
-- that stand ends it; of corrections the largest (id, gerbang) holds.
CREATE FUNCTION intern.proyeksi(p_situs text, p_rentang intern.rentang[])
RETURNS SETOF public.kunjungan LANGUAGE sql STABLE ROWS 500 AS $$
WITH f AS MATERIALIZED (
    SELECT p.kunjungan AS k, p.id, p.gerbang, p.jenis, p.waktu, p.isi->'body' AS b,
           p.isi->'personal' AS pribadi, p.isi->>'operator' AS operator,
           CASE WHEN p.jenis IN ('voided', 'corrected') THEN (p.isi #>> '{body,target}')::uuid END AS sasaran,
           CASE WHEN p.jenis IN ('voided', 'corrected') THEN p.isi #>> '{body,target_gate}' END AS sasaran_gerbang
    FROM unnest(p_rentang) AS s, LATERAL (
        SELECT q.* FROM public.peristiwa q
        WHERE q.situs = p_situs AND q.kunjungan = s.id AND q.id BETWEEN s.awal AND s.akhir
          AND q.jenis IN ('entered', 'left', 'voided', 'corrected') OFFSET 0) p
), sah AS (          -- voids that were not taken back themselves
    SELECT v.k, v.sasaran, v.sasaran_gerbang FROM f v
    WHERE v.jenis = 'voided' AND NOT EXISTS (
        SELECT 1 FROM f w WHERE w.jenis = 'voided' AND w.k = v.k AND w.sasaran = v.id AND w.sasaran_gerbang = v.gerbang)
), d AS MATERIALIZED (
    SELECT f.*, EXISTS (SELECT 1 FROM sah WHERE sah.k = f.k AND sah.sasaran = f.id
                        AND sah.sasaran_gerbang = f.gerbang) AS batal
    FROM f
), jumlah AS (
    SELECT k, count(*) AS versi, (array_agg(id ORDER BY id))[1] AS awal, (array_agg(id ORDER BY id DESC))[1] AS akhir,
           count(*) FILTER (WHERE jenis = 'left') AS keluar,
           count(*) FILTER (WHERE jenis = 'left' AND NOT batal) AS keluar_sah,
           count(*) FILTER (WHERE jenis = 'entered') AS masuk,
           array_agg(gerbang || ' ' || id ORDER BY id, gerbang) FILTER (WHERE jenis = 'left' AND batal) AS dibatalkan
    FROM d GROUP BY k
), m AS (
    SELECT DISTINCT ON (k) * FROM d WHERE jenis = 'entered' ORDER BY k, batal, gerbang
), x AS (
    SELECT DISTINCT ON (k) * FROM d WHERE jenis = 'left' ORDER BY k, batal, id, gerbang
), ralat AS (
    SELECT c.* FROM d c WHERE c.jenis = 'corrected' AND NOT c.batal AND EXISTS (
        SELECT 1 FROM f t WHERE t.k = c.k AND t.id = c.sasaran AND t.gerbang = c.sasaran_gerbang)
), ralat_jenis AS (
    SELECT DISTINCT ON (k) k, b->>'class' AS jenis FROM ralat WHERE b->>'class' IS NOT NULL
    ORDER BY k, id DESC, gerbang DESC
), ralat_plat AS (
    SELECT DISTINCT ON (k) k, pribadi #>> '{plate,value}' AS plat, pribadi #>> '{typed,value}' AS ketik FROM ralat
    WHERE pribadi #>> '{plate,value}' IS NOT NULL ORDER BY k, id DESC, gerbang DESC
)
SELECT p_situs, j.k,
    CASE WHEN j.keluar_sah > 0 THEN 'keluar'
         WHEN m.k IS NOT NULL THEN CASE WHEN m.batal THEN 'batal' ELSE 'di_dalam' END
         WHEN x.k IS NULL THEN 'menunggu'
         WHEN x.id = j.k THEN 'batal'      -- an exit without any entry, taken back
         ELSE 'di_dalam' END,
    coalesce(m.b->>'ticket', x.b->>'ticket', ''),
    coalesce(rp.plat, m.pribadi #>> '{plate,value}', x.pribadi #>> '{plate,value}'),
    CASE WHEN rp.k IS NOT NULL THEN rp.ketik
         WHEN m.pribadi #>> '{plate,value}' IS NOT NULL THEN m.pribadi #>> '{typed,value}'
         ELSE x.pribadi #>> '{typed,value}' END,
    coalesce(rj.jenis, m.b->>'class', x.b->>'class', ''),
    coalesce(m.waktu, (x.b->>'entered_at')::timestamptz),
    coalesce(m.gerbang, x.b->>'entered_gate', x.gerbang, ''),
    coalesce(m.operator, ''),
    coalesce((m.b->>'tariff')::integer, (x.b->>'tariff')::integer, 0),
    CASE WHEN j.keluar_sah > 0 THEN x.waktu END,
    CASE WHEN j.keluar_sah > 0 THEN x.gerbang END,
    CASE WHEN j.keluar_sah > 0 THEN x.operator END,
    CASE WHEN j.keluar_sah > 0 THEN x.id END,
    CASE WHEN j.keluar_sah > 0 THEN (x.b->>'fee')::bigint END,
    CASE WHEN j.keluar_sah > 0 THEN x.b->>'method' END,
    CASE WHEN j.keluar_sah > 0 THEN ARRAY(SELECT jsonb_array_elements_text(x.b->'flags')) ELSE '{}' END
        || CASE WHEN j.keluar_sah > 1 THEN '{keluar_ganda}'::text[] ELSE '{}' END
        || CASE WHEN j.masuk > 1 THEN '{masuk_ganda}'::text[] ELSE '{}' END
        || CASE WHEN m.batal AND j.keluar_sah > 0 THEN '{masuk_batal}'::text[] ELSE '{}' END
        || CASE WHEN m.k IS NULL AND x.k IS NOT NULL AND x.id <> j.k THEN '{masuk_belum_tiba}'::text[] ELSE '{}' END,
    j.keluar::integer, coalesce(j.dibatalkan, '{}'), j.versi, j.awal, j.akhir
FROM jumlah j
LEFT JOIN m ON m.k = j.k
LEFT JOIN x ON x.k = j.k
LEFT JOIN ralat_jenis rj ON rj.k = j.k
LEFT JOIN ralat_plat rp ON rp.k = j.k
$$;

-- The business day of a moment.
CREATE FUNCTION intern.hari(p_waktu timestamptz, p_zona text, p_menit integer) RETURNS date
LANGUAGE sql STABLE AS $$
    SELECT ((p_waktu - make_interval(mins => p_menit)) AT TIME ZONE p_zona)::date
$$;

-- Adds what was booked and takes off what it replaces, in key order.
CREATE FUNCTION intern.bukukan(p_baru public.transaksi[], p_lama public.transaksi[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.pendapatan_harian AS h
    SELECT situs, hari, gerbang, jenis, metode,
           sum(CASE WHEN batal THEN 0 ELSE kali END), sum(CASE WHEN batal THEN 0 ELSE kali * biaya END),
           sum(CASE WHEN batal THEN kali ELSE 0 END), sum(CASE WHEN batal THEN kali * biaya ELSE 0 END)
    FROM (SELECT 1 AS kali, b.situs, b.hari, b.gerbang, b.jenis, b.metode, b.batal, b.biaya FROM unnest(p_baru) b
          UNION ALL
          SELECT -1, l.situs, l.hari, l.gerbang, l.jenis, l.metode, l.batal, l.biaya FROM unnest(p_lama) l) u
    GROUP BY situs, hari, gerbang, jenis, metode
    ORDER BY situs, hari, gerbang, jenis, metode
    ON CONFLICT (situs, hari, gerbang, jenis, metode) DO UPDATE
    SET jumlah = h.jumlah + excluded.jumlah, total = h.total + excluded.total,
        batal = h.batal + excluded.batal, total_batal = h.total_batal + excluded.total_batal;
    IF cardinality(p_lama) > 0 THEN
        DELETE FROM public.pendapatan_harian h USING (
            SELECT DISTINCT l.situs, l.hari, l.gerbang, l.jenis, l.metode FROM unnest(p_lama) l) u
        WHERE (h.situs, h.hari, h.gerbang, h.jenis, h.metode) = (u.situs, u.hari, u.gerbang, u.jenis, u.metode)
          AND h.jumlah = 0 AND h.batal = 0;
    END IF;
END $$;

-- The exits of these stays into transaksi and the roll-up. Their kunjungan rows are locked and right already.
CREATE FUNCTION intern.tulis_transaksi(p_situs text, p_id uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_baru  public.transaksi[];
    v_lama  public.transaksi[];
    v_zona  text;
    v_menit integer;
BEGIN
    SELECT zona, pergantian_menit INTO v_zona, v_menit FROM public.lokasi WHERE situs = p_situs;
    SELECT array_agg(ROW(
            p_situs, p.waktu, p.gerbang, p.id, intern.hari(p.waktu, v_zona, v_menit), k.id,
            coalesce(nullif(k.tiket, ''), p.b->>'ticket', ''), k.plat_nomor, k.plat_ketik, k.jenis,
            k.waktu_masuk, k.gerbang_masuk, coalesce(p.operator, ''), (p.b->>'fee')::bigint,
            coalesce(p.b->>'method', ''), (p.b->>'tendered')::bigint,
            (p.b->>'change')::bigint, (p.b->>'tariff')::integer,
            p.kunci = ANY (k.dibatalkan),
            p.kunci <> ALL (k.dibatalkan) AND (p.id, p.gerbang) IS DISTINCT FROM (k.keluar_id, k.gerbang_keluar),
            ARRAY(SELECT jsonb_array_elements_text(p.b->'flags'))
        )::public.transaksi)
    INTO v_baru
    FROM unnest(p_id) AS s(id),
    LATERAL (SELECT k.* FROM public.kunjungan k
        WHERE k.situs = p_situs AND k.id = s.id AND k.jumlah_keluar > 0 OFFSET 0) k,
    LATERAL (SELECT q.id, q.gerbang, q.waktu, q.isi->'body' AS b, q.isi->>'operator' AS operator,
                    q.gerbang || ' ' || q.id AS kunci
        FROM public.peristiwa q
        WHERE q.situs = p_situs AND q.kunjungan = k.id AND q.jenis = 'left'
          AND q.id BETWEEN k.fakta_awal AND k.fakta_akhir OFFSET 0) p;
    IF v_baru IS NULL THEN
        RETURN;
    END IF;
    WITH buang AS (
        DELETE FROM public.transaksi t
        USING (SELECT x.tableoid, x.ctid AS di FROM unnest(v_baru) b, LATERAL (
            SELECT t.tableoid, t.ctid FROM public.transaksi t
            WHERE t.situs = p_situs AND t.tanggal = b.tanggal AND t.gerbang = b.gerbang AND t.id = b.id OFFSET 0) x) l
        WHERE t.ctid = l.di AND t.tableoid = l.tableoid
        RETURNING t.*
    )
    SELECT coalesce(array_agg(buang::public.transaksi), '{}') INTO v_lama FROM buang;
    INSERT INTO public.transaksi SELECT b.* FROM unnest(v_baru) b;
    PERFORM intern.bukukan(v_baru, v_lama);
END $$;

-- Brings stays up to their facts: kunjungan, kendaraan, transaksi, roll-up. p_rentang bounds the ids of this call's
-- facts. First the stays nobody has (only this call holds facts of them: written once, whole), then the rest under
-- their locks, both in key order. A row that vanished while we waited for it goes round again.
CREATE FUNCTION intern.susun(p_situs text, p_rentang intern.rentang[]) RETURNS void
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
        EXIT WHEN cardinality(v_baru) = cardinality(v_sisa);

        v_lama := ARRAY(
            SELECT ROW(k.id, least(k.fakta_awal, s.awal), greatest(k.fakta_akhir, s.akhir))::intern.rentang
            FROM (SELECT r.* FROM unnest(v_sisa) r WHERE r.id <> ALL (v_baru) ORDER BY r.id) s,
            LATERAL (SELECT k.id, k.fakta_awal, k.fakta_akhir FROM public.kunjungan k
                     WHERE k.situs = p_situs AND k.id = s.id FOR UPDATE) k);
        PERFORM intern.susun_ulang(p_situs, v_lama);
        EXIT WHEN cardinality(v_baru) + cardinality(v_lama) = cardinality(v_sisa);
        v_sisa := ARRAY(SELECT ROW(s.id, s.awal, s.akhir)::intern.rentang FROM unnest(v_sisa) s
                        WHERE s.id <> ALL (v_baru) AND s.id NOT IN (SELECT l.id FROM unnest(v_lama) l));
    END LOOP;
    PERFORM intern.tulis_transaksi(p_situs, ARRAY(SELECT r.id FROM unnest(p_rentang) r));
END $$;

-- The stays whose locks are held, from all their facts.
CREATE FUNCTION intern.susun_ulang(p_situs text, p_rentang intern.rentang[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_ada public.kunjungan[];
BEGIN
    SELECT coalesce(array_agg(k), '{}') INTO v_ada FROM intern.proyeksi(p_situs, p_rentang) k;
    UPDATE public.kunjungan k
    SET keadaan = b.keadaan, tiket = b.tiket, plat_nomor = b.plat_nomor, plat_ketik = b.plat_ketik, jenis = b.jenis,
        waktu_masuk = b.waktu_masuk, gerbang_masuk = b.gerbang_masuk, operator = b.operator,
        tarif_versi = b.tarif_versi, waktu_keluar = b.waktu_keluar, gerbang_keluar = b.gerbang_keluar,
        operator_keluar = b.operator_keluar, keluar_id = b.keluar_id, biaya = b.biaya, metode = b.metode,
        tanda = b.tanda, jumlah_keluar = b.jumlah_keluar, dibatalkan = b.dibatalkan, versi = b.versi,
        fakta_awal = b.fakta_awal, fakta_akhir = b.fakta_akhir
    FROM unnest(v_ada) b, LATERAL (
        SELECT l.ctid AS di FROM public.kunjungan l WHERE l.situs = p_situs AND l.id = b.id OFFSET 0) l
    WHERE k.ctid = l.di;
    IF cardinality(v_ada) < cardinality(p_rentang) THEN
        DELETE FROM public.kunjungan k USING unnest(p_rentang) r
        WHERE k.situs = p_situs AND k.id = r.id AND r.id NOT IN (SELECT a.id FROM unnest(v_ada) a);
    END IF;
    DELETE FROM public.kendaraan v
    USING (SELECT r.id FROM unnest(p_rentang) r
           EXCEPT SELECT a.id FROM unnest(v_ada) a WHERE a.keadaan = 'di_dalam') r,
    LATERAL (SELECT l.ctid AS di FROM public.kendaraan l WHERE l.situs = p_situs AND l.id = r.id OFFSET 0) l
    WHERE v.ctid = l.di;
    INSERT INTO public.kendaraan
    SELECT p_situs, a.id, a.tiket, a.plat_nomor, a.plat_ketik, a.jenis, a.waktu_masuk, a.gerbang_masuk, a.operator,
           a.tarif_versi, a.versi
    FROM unnest(v_ada) a WHERE a.keadaan = 'di_dalam'
    ON CONFLICT (situs, id) DO UPDATE
    SET tiket = excluded.tiket, plat_nomor = excluded.plat_nomor, plat_ketik = excluded.plat_ketik,
        jenis = excluded.jenis, waktu_masuk = excluded.waktu_masuk, gerbang_masuk = excluded.gerbang_masuk,
        operator = excluded.operator, tarif_versi = excluded.tarif_versi, versi = excluded.versi;
END $$;
