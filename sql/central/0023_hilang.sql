-- Lost tickets and what supervisors put right: fines that go back (facts of kind refunded), exits paid otherwise than was
-- taken down (facts of kind corrected with a method), and exits and fines that the centre's people put right.

-- These stays, each from its facts within its bounds, as in 0003; of corrections of how its exit was paid the largest
-- (id, gerbang) holds.
CREATE OR REPLACE FUNCTION intern.proyeksi(p_situs text, p_rentang intern.rentang[])
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
    CASE WHEN j.keluar_sah > 0 THEN coalesce((
        SELECT left(c.b->>'method', 64) FROM f c
        WHERE c.k = x.k AND c.jenis = 'corrected' AND c.sasaran = x.id AND c.sasaran_gerbang = x.gerbang
          AND c.b->>'method' <> '' ORDER BY c.id DESC, c.gerbang DESC LIMIT 1), x.b->>'method') END,
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

-- The exits of these stays into transaksi and the roll-up, as in 0011; how one was paid is what the largest (id, gerbang)
-- of its corrections says.
CREATE OR REPLACE FUNCTION intern.tulis_transaksi(p_situs text, p_id uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_baru  public.transaksi[];
    v_lama  public.transaksi[];
BEGIN
    SELECT array_agg(ROW(
            p_situs, p.waktu, p.gerbang, p.id, intern.hari_situs(p_situs, p.waktu), k.id,
            coalesce(nullif(k.tiket, ''), p.b->>'ticket', ''), k.plat_nomor, k.plat_ketik, k.jenis,
            k.waktu_masuk, k.gerbang_masuk, coalesce(p.operator, ''), (p.b->>'fee')::bigint,
            coalesce(ralat.metode, p.b->>'method', ''), (p.b->>'tendered')::bigint,
            (p.b->>'change')::bigint, (p.b->>'tariff')::integer,
            p.kunci = ANY (k.dibatalkan),
            p.kunci <> ALL (k.dibatalkan) AND (p.id, p.gerbang) IS DISTINCT FROM (k.keluar_id, k.gerbang_keluar),
            ARRAY(SELECT jsonb_array_elements_text(p.b->'flags')) || CASE
                WHEN 'duplikat' <> ALL (k.tanda) THEN '{}'
                WHEN (SELECT 1 FROM public.duplikat r
                      WHERE r.situs = p_situs AND r.gerbang = p.gerbang AND r.id = p.id) IS NOT NULL
                    THEN '{duplikat}'::text[]
                ELSE '{}' END || CASE WHEN ralat.metode IS NULL THEN '{}' ELSE '{metode_diralat}'::text[] END
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
                AND t.gerbang < q.gerbang AND (t.isi->'body')::jsonb = r.body)) OFFSET 0) p
    LEFT JOIN LATERAL (SELECT left(c.isi #>> '{body,method}', 64) AS metode FROM public.peristiwa c
        WHERE c.situs IS NOT DISTINCT FROM p_situs AND c.kunjungan = k.id
          AND c.jenis IN ('left', 'voided', 'corrected', 'duplicate') AND c.jenis = 'corrected'
          AND c.id BETWEEN k.fakta_awal AND k.fakta_akhir
          AND c.isi #>> '{body,target}' = p.id::text AND c.isi #>> '{body,target_gate}' = p.gerbang
          AND c.isi #>> '{body,method}' <> '' ORDER BY c.id DESC, c.gerbang DESC LIMIT 1) ralat ON true;
    IF v_baru IS NULL THEN
        RETURN;
    END IF;
    WITH buang AS (
        DELETE FROM public.transaksi t
        USING (SELECT x.tableoid, x.ctid AS di FROM unnest(p_id) AS s(id),
        LATERAL (SELECT k.id, k.fakta_awal, k.fakta_akhir FROM public.kunjungan k
            WHERE k.situs = p_situs AND k.id = s.id AND k.jumlah_keluar > 0 OFFSET 0) k,
        LATERAL (SELECT q.id, q.gerbang, q.waktu FROM public.peristiwa q
            WHERE q.situs IS NOT DISTINCT FROM p_situs AND q.kunjungan = k.id
              AND q.jenis IN ('left', 'voided', 'corrected', 'duplicate') AND q.jenis = 'left'
              AND q.id BETWEEN k.fakta_awal AND k.fakta_akhir OFFSET 0) b,
        LATERAL (SELECT t.tableoid, t.ctid FROM public.transaksi t
            WHERE t.situs = p_situs AND t.tanggal = b.waktu AND t.id = b.id AND t.gerbang = b.gerbang OFFSET 0) x) l
        WHERE t.ctid = l.di AND t.tableoid = l.tableoid
        RETURNING t.*
    )
    SELECT coalesce(array_agg(buang::public.transaksi), '{}') INTO v_lama FROM buang;
    INSERT INTO public.transaksi SELECT b.* FROM unnest(v_baru) b;
    PERFORM intern.bukukan(v_baru, v_lama);
END $$;

-- Fines paid back, one row a fact: money that left a till. Nothing of it is refused; what does not fit is flagged when it
-- is read, so that the order in which facts come decides nothing.
CREATE TABLE public.pengembalian (
    situs     text NOT NULL,
    gerbang   text NOT NULL,
    id        uuid NOT NULL,
    waktu     timestamptz NOT NULL,
    kode      text NOT NULL,
    kunjungan uuid,
    jenis     text NOT NULL,
    jumlah    bigint NOT NULL,
    operator  text NOT NULL,
    pengawas  text NOT NULL,
    alasan    text NOT NULL,
    tanda     text[] NOT NULL,
    PRIMARY KEY (situs, gerbang, id)
);
CREATE INDEX pengembalian_kode ON public.pengembalian (kode);
CREATE INDEX pengembalian_waktu ON public.pengembalian (waktu);
-- Few exits have a claim: that is told by the text, so that no other exit is parsed for it.
CREATE INDEX peristiwa_denda ON public.peristiwa ((isi #>> '{body,lost,claim}'))
    WHERE jenis = 'left' AND isi::text LIKE '%"claim":%';

CREATE FUNCTION intern.saat(p text) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE WHEN p LIKE '____-__-__T__:__:__%' THEN p::timestamptz END;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;

-- Wherever such a fact comes from, and also when its content yields to another's.
CREATE FUNCTION intern.kembali_berubah() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    b jsonb := NEW.isi->'body';
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.jenis = 'refunded' THEN
        DELETE FROM public.pengembalian r WHERE r.situs = OLD.situs AND r.gerbang = OLD.gerbang AND r.id = OLD.id;
    END IF;
    IF NEW.jenis = 'refunded' THEN
        INSERT INTO public.pengembalian VALUES (
            NEW.situs, NEW.gerbang, NEW.id, NEW.waktu, left(coalesce(b->>'claim', ''), 64), intern.nomor(b->>'stay'),
            left(coalesce(b->>'class', ''), 64), greatest(coalesce(intern.bulat(b->'amount'), 0), 0),
            left(coalesce(NEW.isi->>'operator', ''), 128), left(coalesce(b #>> '{by,supervisor}', ''), 128),
            left(coalesce(b->>'reason', ''), 500), CASE WHEN jsonb_typeof(b->'flags') = 'array' THEN
                ARRAY(SELECT left(f, 64) FROM jsonb_array_elements_text(b->'flags') f LIMIT 16) ELSE '{}' END);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER kembali_baru AFTER INSERT ON public.peristiwa
    FOR EACH ROW WHEN (NEW.jenis = 'refunded') EXECUTE FUNCTION intern.kembali_berubah();
CREATE TRIGGER kembali_ubah AFTER UPDATE OF jenis, isi, id, gerbang, waktu ON public.peristiwa
    FOR EACH ROW WHEN (OLD.jenis = 'refunded' OR NEW.jenis = 'refunded') EXECUTE FUNCTION intern.kembali_berubah();

-- The exits that took a fine under this code; those that stand first.
CREATE FUNCTION intern.denda(p_situs text, p_kode text)
RETURNS TABLE (gerbang text, id uuid, kunjungan uuid, jenis text, denda bigint, sampai text, batal boolean)
LANGUAGE sql STABLE AS $$
    SELECT q.gerbang, q.id, q.kunjungan, coalesce(t.jenis, ''), coalesce(intern.bulat((q.isi #> '{body,lost,fine}')::jsonb), 0),
           q.isi #>> '{body,lost,until}', coalesce(t.batal, true)
    FROM public.peristiwa q
    LEFT JOIN LATERAL (SELECT t.jenis, t.batal FROM public.transaksi t
        WHERE t.situs = q.situs AND t.tanggal = q.waktu AND t.gerbang = q.gerbang AND t.id = q.id OFFSET 0) t ON true
    WHERE q.jenis = 'left' AND q.isi::text LIKE '%"claim":%' AND q.isi #>> '{body,lost,claim}' = p_kode AND q.situs IS NOT DISTINCT FROM p_situs
    ORDER BY coalesce(t.batal, true), q.id, q.gerbang
$$;

-- A code as domain::lost::Fine has it; also where only a refund of it came so far. NULL: nobody knows of it.
CREATE FUNCTION intern.denda_json(p_situs text, p_kode text) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'claim', p_kode, 'fact', coalesce(d.id, '00000000-0000-0000-0000-000000000000'),
        'gate', coalesce(d.gerbang, ''), 'stay', coalesce(d.kunjungan, '00000000-0000-0000-0000-000000000000'),
        'class', coalesce(d.jenis, ''), 'fine', coalesce(d.denda, 0), 'until', d.sampai,
        'voided', coalesce(d.batal, false), 'refunds', coalesce(r.semua, '[]'))
    FROM (SELECT 1) satu
    LEFT JOIN LATERAL (SELECT * FROM intern.denda(p_situs, p_kode) LIMIT 1) d ON true
    LEFT JOIN LATERAL (SELECT json_agg(json_build_object('fact', k.id, 'gate', k.gerbang,
            'at', intern.waktu_json(k.waktu), 'amount', k.jumlah) ORDER BY k.id, k.gerbang) AS semua
        FROM public.pengembalian k WHERE k.situs = p_situs AND k.kode = p_kode) r ON true
    WHERE d.id IS NOT NULL OR r.semua IS NOT NULL
$$;

CREATE FUNCTION api.fine(p_kode text) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$ SELECT intern.denda_json(intern.situs_ini(), p_kode) $$;
CREATE FUNCTION ops.fine(p_kode text) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$ SELECT intern.denda_json(intern.situs_ini(), p_kode) $$;
GRANT EXECUTE ON FUNCTION api.fine(text) TO parkir_gate;

-- What was paid back, with its business day and what is odd about it: another was first (ganda), no exit that stands took
-- such a fine (tanpa_denda), another sum (beda_jumlah), after the last moment (lewat).
CREATE VIEW public.denda_kembali AS
SELECT k.situs, intern.hari_situs(k.situs, k.waktu) AS hari, k.gerbang, k.id, k.waktu, k.kode, k.kunjungan, k.jenis,
       k.jumlah, k.operator, k.pengawas, k.alasan,
       k.tanda
       || CASE WHEN EXISTS (SELECT 1 FROM public.pengembalian l WHERE l.situs = k.situs AND l.kode = k.kode
                            AND (l.id, l.gerbang) < (k.id, k.gerbang)) THEN '{ganda}'::text[] ELSE '{}' END
       || CASE WHEN d.id IS NULL OR d.batal THEN '{tanpa_denda}'::text[] ELSE '{}' END
       || CASE WHEN d.denda <> k.jumlah THEN '{beda_jumlah}'::text[] ELSE '{}' END
       || CASE WHEN intern.saat(d.sampai) < k.waktu THEN '{lewat}'::text[] ELSE '{}' END AS tanda
FROM public.pengembalian k
LEFT JOIN LATERAL (SELECT * FROM intern.denda(k.situs, k.kode) LIMIT 1) d ON true;

-- The roll-up of a day and gate, less what was paid back there on that day.
CREATE VIEW public.pendapatan_bersih AS
SELECT situs, hari, gerbang, sum(total)::bigint AS total, sum(kembali)::bigint AS dikembalikan,
       (sum(total) - sum(kembali))::bigint AS bersih
FROM (SELECT h.situs, h.hari, h.gerbang, h.total, 0::bigint AS kembali FROM public.pendapatan_harian h
      UNION ALL
      SELECT k.situs, intern.hari_situs(k.situs, k.waktu), k.gerbang, 0, k.jumlah FROM public.pengembalian k) s
GROUP BY situs, hari, gerbang;
GRANT SELECT ON public.pengembalian, public.denda_kembali, public.pendapatan_bersih TO parkir_admin;

-- What was paid back in a range, newest first, at most 500.
CREATE FUNCTION ops.refunds(p_dari timestamptz, p_sampai timestamptz) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'fact', k.id, 'gate', k.gerbang, 'at', intern.waktu_json(k.waktu), 'claim', k.kode, 'amount', k.jumlah,
        'operator', k.operator, 'supervisor', k.pengawas, 'reason', k.alasan, 'flags', k.tanda)
        ORDER BY k.waktu DESC, k.id DESC), '[]')
    FROM (SELECT * FROM public.denda_kembali x
          WHERE x.situs = intern.situs_ini() AND x.waktu >= p_dari AND x.waktu < p_sampai
          ORDER BY x.waktu DESC, x.id DESC LIMIT 500) k
$$;

-- One fact of gate PUSAT: a fine goes back, or an exit is taken back. Once it is there the same is only compared, so that
-- whoever heard no answer may ask again. The stay's row is the lock: of two who ask at once the second is told.
CREATE FUNCTION ops.put_right(p json) RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
    v_situs   text := intern.situs_ini();
    v_fakta   intern.fakta[] := intern.baca_semua(ARRAY[p]);
    v_satu    intern.fakta := v_fakta[1];
    v_sasaran public.peristiwa;
    v_denda   json;
    v_putusan text[];
BEGIN
    IF v_satu.kode IS NOT NULL OR v_satu.gerbang <> 'PUSAT' OR v_satu.situs <> v_situs
       OR v_satu.jenis NOT IN ('refunded', 'voided') THEN
        RAISE invalid_parameter_value USING MESSAGE = 'peristiwa milik PUSAT diharapkan';
    ELSIF btrim(coalesce(p #>> '{body,reason}', '')) = '' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'alasan kosong';
    END IF;
    SELECT * INTO v_sasaran FROM public.peristiwa q
    WHERE q.situs = v_situs AND q.id = intern.nomor(p #>> '{body,target}') AND q.gerbang = p #>> '{body,target_gate}'
      AND q.jenis = 'left';
    IF v_sasaran.id IS NULL OR p #>> '{body,stay}' IS DISTINCT FROM v_sasaran.kunjungan::text THEN
        RAISE invalid_parameter_value USING MESSAGE = 'transaksi keluar itu tidak ada di pusat';
    END IF;
    PERFORM 1 FROM public.kunjungan k WHERE k.situs = v_situs AND k.id = v_sasaran.kunjungan FOR UPDATE;
    IF NOT EXISTS (SELECT 1 FROM public.peristiwa q
                   WHERE q.situs = v_situs AND q.id = v_satu.id AND q.gerbang = 'PUSAT') THEN
        v_denda := intern.denda_json(v_situs, v_sasaran.isi #>> '{body,lost,claim}');
        IF json_array_length(v_denda->'refunds') > 0 THEN
            RAISE invalid_parameter_value USING MESSAGE = 'denda itu sudah dikembalikan di '
                || (v_denda #>> '{refunds,0,gate}') || ', ' || (v_denda #>> '{refunds,0,at}');
        ELSIF EXISTS (SELECT 1 FROM public.kunjungan k WHERE k.situs = v_situs AND k.id = v_sasaran.kunjungan
                      AND v_sasaran.gerbang || ' ' || v_sasaran.id = ANY (k.dibatalkan)) THEN
            RAISE invalid_parameter_value USING MESSAGE = 'transaksi itu sudah dibatalkan';
        ELSIF v_satu.jenis = 'refunded' AND (v_denda IS NULL OR p #>> '{body,claim}' <> v_denda->>'claim'
                OR p #>> '{body,amount}' <> v_denda->>'fine') THEN
            RAISE invalid_parameter_value USING MESSAGE = 'denda dan jumlahnya tidak cocok';
        ELSIF v_satu.jenis = 'refunded' AND intern.saat(v_denda->>'until') < clock_timestamp() THEN
            RAISE invalid_parameter_value USING MESSAGE = 'denda hanya kembali sampai ' || (v_denda->>'until');
        END IF;
    END IF;
    v_putusan := intern.terapkan(v_situs, ARRAY[p], v_fakta);
    IF 'conflict_id' = ANY (v_putusan) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'nomor peristiwa sudah dipakai';
    END IF;
    IF 'inserted' = ANY (v_putusan) THEN
        INSERT INTO public.audit (situs, tindakan, rincian)
        VALUES (v_situs, CASE v_satu.jenis WHEN 'voided' THEN 'transaksi_batal' ELSE 'denda_kembali' END,
                jsonb_build_object('petugas', v_satu.operator, 'alasan', p #>> '{body,reason}',
                    'sasaran', p #>> '{body,target}', 'gerbang', p #>> '{body,target_gate}',
                    'jumlah', p #>> '{body,amount}', 'fakta', v_satu.id));
    END IF;
    RETURN json_build_object('inserted', cardinality(array_positions(v_putusan, 'inserted')),
                             'already', cardinality(array_positions(v_putusan, 'already')));
END $$;

-- An exit that stands, by its fact's id, its stay's, or its ticket's number: the newest, at most 5.
CREATE FUNCTION ops.exit_named(p_nama text) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    WITH kunci AS (
        SELECT k.id FROM public.kunjungan k WHERE k.situs = intern.situs_ini() AND k.tiket = upper(btrim(p_nama))
        UNION SELECT intern.nomor(lower(btrim(p_nama)))
        UNION SELECT q.kunjungan FROM public.peristiwa q
        WHERE q.situs = intern.situs_ini() AND q.id = intern.nomor(lower(btrim(p_nama))) AND q.jenis = 'left'
    )
    SELECT coalesce(json_agg(json_build_object(
        'fact', t.id, 'gate', t.gerbang, 'stay', t.kunjungan, 'ticket', t.tiket, 'class', t.jenis,
        'at', intern.waktu_json(t.tanggal), 'fee', t.biaya, 'method', t.metode) ORDER BY t.tanggal DESC, t.id), '[]')
    FROM (SELECT t.* FROM kunci s
          JOIN public.kunjungan k ON k.situs = intern.situs_ini() AND k.id = s.id
          JOIN public.transaksi t ON t.situs = k.situs AND t.tanggal = k.waktu_keluar
              AND t.gerbang = k.gerbang_keluar AND t.id = k.keluar_id
          WHERE NOT t.batal ORDER BY t.tanggal DESC LIMIT 5) t
$$;
GRANT EXECUTE ON FUNCTION ops.fine(text), ops.refunds(timestamptz, timestamptz), ops.put_right(json),
    ops.exit_named(text) TO parkir_admin;
