-- Projection: what a stay is, from the set of its facts. Nothing here looks at the order of arrival.
--
-- Lookups stand in LATERAL (… OFFSET 0), writes go by ctid: plans are made once per session, perhaps on empty
-- tables, and must be index lookups whatever the tables hold by then. IS NOT DISTINCT FROM is = that no index serves:
-- it keeps a plan from walking all of a site by the key's first column.

-- A fact as it was read: what the ledger's columns and a stay made of one entry and one exit need. The envelope
-- itself stays where it came in; urut is its place there.
CREATE TYPE intern.fakta AS (
    urut integer, situs text, gerbang text, id uuid, epoch uuid, seq bigint, jenis text, waktu timestamptz,
    hash bytea, kunjungan uuid, operator text, tiket text, plat_nomor text, plat_ketik text, kelas text,
    tarif integer, biaya bigint, metode text, dibayar bigint, kembali bigint, tanda text[],
    induk uuid, kode text, teks text
);

-- A stay, and the bounds of the ids of its facts.
CREATE TYPE intern.rentang AS (id uuid, awal uuid, akhir uuid);

-- Whether a fact was made from a file of the old system: its id and body come from the record alone.
CREATE FUNCTION intern.dari_lama(p_badan jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce('sistem lama' IN (p_badan->>'known', p_badan->>'source'), false)
$$;

-- These stays, each from its facts within its bounds. A stay without facts gives no row. Facts that shape a stay are
-- entered, left, voided, corrected and duplicate; the smallest (id, gerbang) of the exits that stand ends it; of
-- corrections the largest (id, gerbang) holds. A duplicate exit does not stand, and does not let the vehicle back in
-- either: it did leave, by the exit that stands. Only the centre says what is a duplicate, and takes that back.
CREATE FUNCTION intern.proyeksi(p_situs text, p_rentang intern.rentang[])
RETURNS SETOF public.kunjungan LANGUAGE sql STABLE ROWS 500 AS $$
WITH f AS MATERIALIZED (
    SELECT p.kunjungan AS k, p.id, p.gerbang, p.jenis, p.waktu, r.body AS b, r.personal AS pribadi, r.operator,
           CASE WHEN p.jenis IN ('voided', 'corrected', 'duplicate') THEN (r.body->>'target')::uuid END AS sasaran,
           CASE WHEN p.jenis IN ('voided', 'corrected', 'duplicate') THEN r.body->>'target_gate' END AS sasaran_gerbang
    FROM unnest(p_rentang) AS s, LATERAL (
        SELECT q.* FROM public.peristiwa q WHERE q.situs = p_situs AND q.id = s.id AND q.jenis = 'entered'
        UNION ALL
        SELECT q.* FROM public.peristiwa q
        WHERE q.situs IS NOT DISTINCT FROM p_situs AND q.kunjungan = s.id AND q.id BETWEEN s.awal AND s.akhir
          AND q.jenis IN ('left', 'voided', 'corrected', 'duplicate') OFFSET 0) p,
    LATERAL json_to_record(p.isi) AS r(body jsonb, personal jsonb, operator text)
), sah AS (          -- voids that were not taken back themselves
    SELECT v.k, v.sasaran, v.sasaran_gerbang FROM f v
    WHERE v.jenis = 'voided' AND (v.sasaran_gerbang <> 'PUSAT' OR v.gerbang = 'PUSAT') AND NOT EXISTS (
        SELECT 1 FROM f w WHERE w.jenis = 'voided' AND w.k = v.k AND w.sasaran = v.id
          AND w.sasaran_gerbang = v.gerbang AND (v.gerbang <> 'PUSAT' OR w.gerbang = 'PUSAT'))
), rangkap AS (      -- duplicates the centre set aside and did not take back
    SELECT r.k, r.sasaran, r.sasaran_gerbang FROM f r
    WHERE r.jenis = 'duplicate' AND r.gerbang = 'PUSAT' AND NOT EXISTS (
        SELECT 1 FROM sah WHERE sah.k = r.k AND sah.sasaran = r.id AND sah.sasaran_gerbang = r.gerbang)
), e AS (            -- a record of the old system that two gates adopted is one fact, of the smaller gate
    SELECT f.*, EXISTS (SELECT 1 FROM sah WHERE sah.k = f.k AND sah.sasaran = f.id
                        AND (sah.sasaran_gerbang = f.gerbang OR intern.dari_lama(f.b))) AS ditarik,
           f.jenis IN ('entered', 'left') AND EXISTS (
               SELECT 1 FROM rangkap r WHERE r.k = f.k AND r.sasaran = f.id
                 AND (r.sasaran_gerbang = f.gerbang OR intern.dari_lama(f.b))) AS rangkap
    FROM f
    WHERE NOT (intern.dari_lama(f.b) AND EXISTS (
        SELECT 1 FROM f t WHERE t.k = f.k AND t.id = f.id AND t.gerbang < f.gerbang AND t.b = f.b))
), d AS MATERIALIZED (
    SELECT e.*, e.ditarik OR e.rangkap AS batal FROM e
), jumlah AS (
    SELECT k, count(*) AS versi, (array_agg(id ORDER BY id))[1] AS awal, (array_agg(id ORDER BY id DESC))[1] AS akhir,
           count(*) FILTER (WHERE jenis = 'left') AS keluar,
           count(*) FILTER (WHERE jenis = 'left' AND NOT batal) AS keluar_sah,
           count(*) FILTER (WHERE jenis = 'left' AND rangkap) AS keluar_rangkap,
           bool_or(rangkap) AS ada_rangkap,
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
         WHEN m.k IS NOT NULL THEN CASE WHEN m.batal OR j.keluar_rangkap > 0 THEN 'batal' ELSE 'di_dalam' END
         WHEN x.k IS NULL THEN 'menunggu'
         WHEN x.id = j.k OR j.keluar_rangkap > 0 THEN 'batal'      -- an exit without any entry, taken back
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
        || CASE WHEN m.k IS NULL AND x.k IS NOT NULL AND x.id <> j.k THEN '{masuk_belum_tiba}'::text[] ELSE '{}' END
        || CASE WHEN j.ada_rangkap THEN '{duplikat}'::text[] ELSE '{}' END,
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

-- The duplicates of these stays that the centre set aside and did not take back: which row, by which fact.
CREATE FUNCTION intern.rangkap(p_situs text, p_id uuid[])
RETURNS TABLE (kunjungan uuid, fakta uuid, isi json, waktu timestamptz, sasaran uuid, sasaran_gerbang text)
LANGUAGE sql STABLE AS $$
    WITH c AS MATERIALIZED (
        SELECT k.id AS k, p.id, p.jenis, p.waktu, p.isi, p.isi #>> '{body,target}' AS sasaran,
               p.isi #>> '{body,target_gate}' AS sasaran_gerbang
        FROM unnest(p_id) AS s(id),
        LATERAL (SELECT k.id, k.fakta_awal, k.fakta_akhir FROM public.kunjungan k
                 WHERE k.situs = p_situs AND k.id = s.id OFFSET 0) k,
        LATERAL (SELECT q.* FROM public.peristiwa q
                 WHERE q.situs IS NOT DISTINCT FROM p_situs AND q.kunjungan = k.id AND q.gerbang = 'PUSAT'
                   AND q.id BETWEEN k.fakta_awal AND k.fakta_akhir
                   AND q.jenis IN ('left', 'voided', 'corrected', 'duplicate') OFFSET 0) p
    ), sah AS (
        SELECT v.k, v.sasaran, v.sasaran_gerbang FROM c v
        WHERE v.jenis = 'voided' AND NOT EXISTS (
            SELECT 1 FROM c w WHERE w.jenis = 'voided' AND w.k = v.k AND w.sasaran = v.id::text
              AND w.sasaran_gerbang = 'PUSAT')
    )
    SELECT c.k, c.id, c.isi, c.waktu, c.sasaran::uuid, c.sasaran_gerbang FROM c
    WHERE c.jenis = 'duplicate' AND NOT EXISTS (
        SELECT 1 FROM sah WHERE sah.k = c.k AND sah.sasaran = c.id::text AND sah.sasaran_gerbang = 'PUSAT')
$$;

-- What of these stays is set aside, into duplikat; of several facts that say so the smallest id is shown. Their
-- kunjungan rows are locked and right already.
CREATE FUNCTION intern.tulis_duplikat(p_situs text, p_id uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_ada uuid[];
BEGIN
    DELETE FROM public.duplikat d USING unnest(p_id) AS s(id), LATERAL (
        SELECT l.ctid AS di FROM public.duplikat l WHERE l.kunjungan = s.id AND l.situs IS NOT DISTINCT FROM p_situs
        OFFSET 0) l
    WHERE d.ctid = l.di;
    v_ada := ARRAY(
        SELECT s.id FROM unnest(p_id) AS s(id), LATERAL (
            SELECT k.tanda FROM public.kunjungan k WHERE k.situs = p_situs AND k.id = s.id OFFSET 0) k
        WHERE 'duplikat' = ANY (k.tanda));
    IF cardinality(v_ada) > 0 THEN
        INSERT INTO public.duplikat
        SELECT DISTINCT ON (t.gerbang, t.id) p_situs, t.gerbang, t.id, r.kunjungan, t.waktu,
               (b.body->>'group')::uuid, b.body->>'certainty', b.body->>'kept_gate', (b.body->>'kept')::uuid, r.fakta,
               coalesce(b.body->>'reason', ''), b.operator, r.waktu
        FROM intern.rangkap(p_situs, v_ada) r,
        LATERAL json_to_record(r.isi) AS b(body json, operator text),
        LATERAL (SELECT q.gerbang, q.id, q.waktu FROM public.peristiwa q
                 WHERE q.situs = p_situs AND q.id = r.sasaran AND q.gerbang = r.sasaran_gerbang
                   AND q.kunjungan = r.kunjungan AND q.jenis IN ('entered', 'left') OFFSET 0) t
        ORDER BY t.gerbang, t.id, r.fakta;
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
            ARRAY(SELECT jsonb_array_elements_text(p.b->'flags')) || CASE
                WHEN 'duplikat' <> ALL (k.tanda) THEN '{}'
                WHEN (SELECT 1 FROM public.duplikat r
                      WHERE r.situs = p_situs AND r.gerbang = p.gerbang AND r.id = p.id) IS NOT NULL
                    THEN '{duplikat}'::text[]
                ELSE '{}' END
        )::public.transaksi)
    INTO v_baru
    FROM unnest(p_id) AS s(id),
    LATERAL (SELECT k.* FROM public.kunjungan k
        WHERE k.situs = p_situs AND k.id = s.id AND k.jumlah_keluar > 0 OFFSET 0) k,
    LATERAL (SELECT q.id, q.gerbang, q.waktu, r.body AS b, r.operator,
                    q.gerbang || ' ' || q.id AS kunci
        FROM public.peristiwa q, LATERAL json_to_record(q.isi) AS r(body jsonb, operator text)
        WHERE q.situs IS NOT DISTINCT FROM p_situs AND q.kunjungan = k.id
          AND q.jenis IN ('left', 'voided', 'corrected', 'duplicate') AND q.jenis = 'left'
          AND q.id BETWEEN k.fakta_awal AND k.fakta_akhir
          AND NOT (intern.dari_lama(r.body) AND EXISTS (
              SELECT 1 FROM public.peristiwa t
              WHERE t.situs IS NOT DISTINCT FROM p_situs AND t.kunjungan = k.id AND t.id = q.id
                AND t.jenis IN ('left', 'voided', 'corrected', 'duplicate') AND t.jenis = 'left'
                AND t.gerbang < q.gerbang AND (t.isi->'body')::jsonb = r.body)) OFFSET 0) p;
    IF v_baru IS NULL THEN
        RETURN;
    END IF;
    WITH buang AS (
        DELETE FROM public.transaksi t
        USING (SELECT x.tableoid, x.ctid AS di FROM unnest(v_baru) b, LATERAL (
            SELECT t.tableoid, t.ctid FROM public.transaksi t
            WHERE t.situs = p_situs AND t.tanggal = b.tanggal AND t.id = b.id
              AND (t.gerbang = b.gerbang OR t.kunjungan = b.kunjungan) OFFSET 0) x) l
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
    PERFORM intern.tulis_duplikat(p_situs, ARRAY(SELECT r.id FROM unnest(p_rentang) r));
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

-- Short cuts. intern.proyeksi says what a stay is; these two say the same of the two shapes nearly all stays have,
-- from facts that were claimed in this transaction, without reading the ledger. They give the stays they brought up
-- to their facts; what they leave goes through susun.

-- Stays of one entry and at most one exit that nobody has.
CREATE FUNCTION intern.susun_baru(
    p_situs text, p intern.fakta[], p_zona text, p_menit integer,
    OUT baru uuid[], OUT pulang intern.fakta[], OUT banyak bigint)
LANGUAGE plpgsql SET enable_nestloop = off AS $$
BEGIN
    WITH f AS MATERIALIZED (
        SELECT f.* FROM unnest(p) f WHERE f.jenis IN ('entered', 'left', 'voided', 'corrected', 'duplicate')
    ), j AS MATERIALIZED (
        SELECT f.kunjungan AS k, count(*) AS n, count(*) FILTER (WHERE f.jenis = 'entered') AS masuk,
               count(*) FILTER (WHERE f.jenis = 'left') AS keluar
        FROM f GROUP BY f.kunjungan
    ), s AS MATERIALIZED (
        SELECT j.k, j.n, m.tiket, coalesce(m.plat_nomor, x.plat_nomor) AS plat_nomor,
               CASE WHEN m.plat_nomor IS NOT NULL THEN m.plat_ketik ELSE x.plat_ketik END AS plat_ketik,
               m.kelas, m.waktu, m.gerbang, m.operator, m.tarif, x.waktu AS x_waktu, x.gerbang AS x_gerbang,
               x.operator AS x_operator, x.id AS x_id, x.biaya, x.metode, x.dibayar, x.kembali, x.tarif AS x_tarif,
               x.tiket AS x_tiket, x.tanda
        FROM j JOIN f m ON m.kunjungan = j.k AND m.jenis = 'entered'
        LEFT JOIN f x ON x.kunjungan = j.k AND x.jenis = 'left'
        WHERE j.masuk = 1 AND j.keluar <= 1 AND j.n = j.masuk + j.keluar
        ORDER BY j.k
    ), tambah AS (
        INSERT INTO public.kunjungan
        SELECT p_situs, s.k, CASE WHEN s.x_id IS NULL THEN 'di_dalam' ELSE 'keluar' END, s.tiket, s.plat_nomor,
               s.plat_ketik, s.kelas, s.waktu, s.gerbang, s.operator, s.tarif, s.x_waktu, s.x_gerbang, s.x_operator,
               s.x_id, s.biaya, s.metode, coalesce(s.tanda, '{}'), s.n - 1, '{}', s.n, least(s.k, s.x_id),
               greatest(s.k, s.x_id)
        FROM s
        ON CONFLICT (situs, id) DO NOTHING
        RETURNING id, keadaan, tiket, plat_nomor, plat_ketik, jenis, waktu_masuk, gerbang_masuk, operator,
                  tarif_versi, versi
    ), masuk AS (
        INSERT INTO public.kendaraan
        SELECT p_situs, t.id, t.tiket, t.plat_nomor, t.plat_ketik, t.jenis, t.waktu_masuk, t.gerbang_masuk,
               t.operator, t.tarif_versi, t.versi
        FROM tambah t WHERE t.keadaan = 'di_dalam'
    ), bayar AS (
        INSERT INTO public.transaksi
        SELECT p_situs, s.x_waktu, s.x_gerbang, s.x_id, intern.hari(s.x_waktu, p_zona, p_menit), s.k,
               coalesce(nullif(s.tiket, ''), s.x_tiket, ''), s.plat_nomor, s.plat_ketik, s.kelas, s.waktu, s.gerbang,
               s.x_operator, s.biaya, s.metode, s.dibayar, s.kembali, s.x_tarif, false, false, s.tanda
        FROM s JOIN tambah t ON t.id = s.k WHERE s.x_id IS NOT NULL
        RETURNING hari, gerbang, jenis, metode, biaya
    ), buku AS (
        INSERT INTO public.pendapatan_harian AS h
        SELECT p_situs, b.hari, b.gerbang, b.jenis, b.metode, count(*), sum(b.biaya), 0, 0
        FROM bayar b GROUP BY b.hari, b.gerbang, b.jenis, b.metode ORDER BY b.hari, b.gerbang, b.jenis, b.metode
        ON CONFLICT (situs, hari, gerbang, jenis, metode) DO UPDATE
        SET jumlah = h.jumlah + excluded.jumlah, total = h.total + excluded.total
    )
    SELECT ARRAY(SELECT t.id FROM tambah t), (SELECT count(*) FROM j),
           ARRAY(SELECT f::intern.fakta FROM f JOIN j ON j.k = f.kunjungan
                 WHERE j.n = 1 AND f.jenis = 'left' ORDER BY f.kunjungan)
    INTO baru, banyak, pulang;
END $$;

-- Stays of which one entry was known, and now one exit. The row's own columns are the entry; a row that changes
-- while we wait for it is judged again as it is then.
CREATE FUNCTION intern.susun_pulang(p_situs text, p intern.fakta[], p_zona text, p_menit integer)
RETURNS uuid[] LANGUAGE plpgsql SET enable_hashjoin = off AS $$
DECLARE
    v_selesai uuid[];
BEGIN
    WITH ubah AS (
        UPDATE public.kunjungan k
        SET keadaan = 'keluar', plat_nomor = coalesce(k.plat_nomor, x.plat_nomor),
            plat_ketik = CASE WHEN k.plat_nomor IS NOT NULL THEN k.plat_ketik ELSE x.plat_ketik END,
            waktu_keluar = x.waktu, gerbang_keluar = x.gerbang, operator_keluar = x.operator, keluar_id = x.id,
            biaya = x.biaya, metode = x.metode, tanda = x.tanda, jumlah_keluar = 1, versi = 2,
            fakta_awal = least(k.fakta_awal, x.id), fakta_akhir = greatest(k.fakta_akhir, x.id)
        FROM unnest(p) x, LATERAL (
            SELECT l.ctid AS di FROM public.kunjungan l WHERE l.situs = p_situs AND l.id = x.kunjungan OFFSET 0) l
        WHERE k.ctid = l.di AND k.id = x.kunjungan AND k.keadaan = 'di_dalam' AND k.versi = 1
          AND k.jumlah_keluar = 0
        RETURNING k.id, k.tiket, k.plat_nomor, k.plat_ketik, k.jenis, k.waktu_masuk, k.gerbang_masuk,
                  x.waktu AS x_waktu, x.gerbang AS x_gerbang, x.id AS x_id, x.tiket AS x_tiket,
                  x.operator AS x_operator, x.biaya, x.metode, x.dibayar, x.kembali, x.tarif AS x_tarif, x.tanda
    ), hapus AS (
        DELETE FROM public.kendaraan v USING ubah u, LATERAL (
            SELECT l.ctid AS di FROM public.kendaraan l WHERE l.situs = p_situs AND l.id = u.id OFFSET 0) l
        WHERE v.ctid = l.di AND v.id = u.id
    ), bayar AS (
        INSERT INTO public.transaksi
        SELECT p_situs, u.x_waktu, u.x_gerbang, u.x_id, intern.hari(u.x_waktu, p_zona, p_menit), u.id,
               coalesce(nullif(u.tiket, ''), u.x_tiket, ''), u.plat_nomor, u.plat_ketik, u.jenis, u.waktu_masuk,
               u.gerbang_masuk, u.x_operator, u.biaya, u.metode, u.dibayar, u.kembali, u.x_tarif, false, false,
               u.tanda
        FROM ubah u
        RETURNING hari, gerbang, jenis, metode, biaya
    ), buku AS (
        INSERT INTO public.pendapatan_harian AS h
        SELECT p_situs, b.hari, b.gerbang, b.jenis, b.metode, count(*), sum(b.biaya), 0, 0
        FROM bayar b GROUP BY b.hari, b.gerbang, b.jenis, b.metode ORDER BY b.hari, b.gerbang, b.jenis, b.metode
        ON CONFLICT (situs, hari, gerbang, jenis, metode) DO UPDATE
        SET jumlah = h.jumlah + excluded.jumlah, total = h.total + excluded.total
    )
    SELECT coalesce(array_agg(u.id), '{}') INTO v_selesai FROM ubah u;
    RETURN v_selesai;
END $$;
