-- The set decides, not the order and not the day on which somebody looks: the business day's cut-off is dated, and two
-- ways in which the order still decided the money are shut.

-- Since when which cut-off and zone make the business day. An exit belongs to the day of the row in force when it took
-- place: changing the cut-off moves no day that was. Rows come from lokasi (below), never by hand.
CREATE TABLE public.pergantian (
    situs         text NOT NULL REFERENCES public.lokasi,
    berlaku_sejak timestamptz NOT NULL,
    menit         integer NOT NULL CHECK (menit BETWEEN 0 AND 1439),
    zona          text NOT NULL,
    PRIMARY KEY (situs, berlaku_sejak)
);
INSERT INTO public.pergantian (situs, berlaku_sejak, menit, zona)
SELECT situs, '-infinity', pergantian_menit, zona FROM public.lokasi;

-- The business day of a moment at a site.
CREATE FUNCTION intern.hari_situs(p_situs text, p_waktu timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT intern.hari(p_waktu, g.zona, g.menit) FROM public.pergantian g
    WHERE g.situs = p_situs AND g.berlaku_sejak <= p_waktu ORDER BY g.berlaku_sejak DESC LIMIT 1
$$;

-- A change of lokasi's cut-off or zone holds from now on. Whoever books has read pergantian and holds it until the
-- commit: behind this lock nobody is between two days. What is booked of later (a clock that runs ahead) moves along.
CREATE FUNCTION intern.pergantian_berubah() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_sejak timestamptz;
    v_lama  public.transaksi[];
    v_baru  public.transaksi[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO public.pergantian (situs, berlaku_sejak, menit, zona)
        VALUES (NEW.situs, '-infinity', NEW.pergantian_menit, NEW.zona);
        RETURN NULL;
    END IF;
    LOCK TABLE public.pergantian IN ACCESS EXCLUSIVE MODE;
    v_sejak := clock_timestamp();
    INSERT INTO public.pergantian (situs, berlaku_sejak, menit, zona)
    VALUES (NEW.situs, v_sejak, NEW.pergantian_menit, NEW.zona);
    SELECT array_agg(t) INTO v_lama FROM public.transaksi t
    WHERE t.situs = NEW.situs AND t.tanggal >= v_sejak AND t.hari <> intern.hari_situs(NEW.situs, t.tanggal);
    IF v_lama IS NOT NULL THEN
        WITH ubah AS (
            UPDATE public.transaksi t SET hari = intern.hari_situs(NEW.situs, t.tanggal) FROM unnest(v_lama) l
            WHERE t.situs = l.situs AND t.tanggal = l.tanggal AND t.gerbang = l.gerbang AND t.id = l.id
            RETURNING t.*
        )
        SELECT array_agg(ubah::public.transaksi) INTO v_baru FROM ubah;
        PERFORM intern.bukukan(v_baru, v_lama);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER pergantian_baru AFTER INSERT ON public.lokasi
    FOR EACH ROW EXECUTE FUNCTION intern.pergantian_berubah();
CREATE TRIGGER pergantian_ubah AFTER UPDATE OF zona, pergantian_menit ON public.lokasi FOR EACH ROW
    WHEN ((NEW.zona, NEW.pergantian_menit) IS DISTINCT FROM (OLD.zona, OLD.pergantian_menit))
    EXECUTE FUNCTION intern.pergantian_berubah();

-- The bounds of the site's business day now.
CREATE OR REPLACE FUNCTION intern.hari_ini(p_situs text, OUT hari date, OUT awal timestamptz, OUT akhir timestamptz, OUT zona text)
LANGUAGE sql STABLE AS $$
    SELECT h.hari, (h.hari::timestamp AT TIME ZONE l.zona) + make_interval(mins => l.menit),
           ((h.hari + 1)::timestamp AT TIME ZONE l.zona) + make_interval(mins => l.menit), l.zona
    FROM public.pergantian l, LATERAL (SELECT intern.hari(now(), l.zona, l.menit) AS hari) h
    WHERE l.situs = p_situs AND l.berlaku_sejak <= now() ORDER BY l.berlaku_sejak DESC LIMIT 1
$$;

-- After a content yielded and its stays were projected anew: its exit leaves the books, its epochs are recounted. The
-- row stays only where the fact is still an exit of that very stay: the content that took its place may be another's.
CREATE OR REPLACE FUNCTION intern.bersihkan_bentrok(
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
                AND q.waktu = t.tanggal AND q.kunjungan = t.kunjungan)
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

-- The exits of these stays into transaksi and the roll-up. Their kunjungan rows are locked and right already. What goes
-- out is every row a fact of theirs ever made, a suppressed twin's too: it may have come first, and at another time.
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

-- Facts claimed in this transaction, and the facts they replaced, into the books.
CREATE OR REPLACE FUNCTION intern.susun_fakta(p_situs text, p intern.fakta[], p_mundur public.peristiwa[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_zona    text;
    v_menit   integer;
    v_dari    timestamptz;
    v_sampai  timestamptz;
    v_cepat   record;
    v_selesai uuid[] := '{}';
    v_rentang intern.rentang[];
BEGIN
    -- One cut-off for all exits, or no short cut. Always read, and first: it holds the cut-off until the commit.
    SELECT min(f.waktu), max(f.waktu) INTO v_dari, v_sampai FROM unnest(p) f WHERE f.jenis = 'left';
    SELECT g.zona, g.menit INTO v_zona, v_menit FROM public.pergantian g
    WHERE g.situs = p_situs AND g.berlaku_sejak <= coalesce(v_dari, now())
      AND NOT EXISTS (SELECT 1 FROM public.pergantian n
          WHERE n.situs = p_situs AND n.berlaku_sejak > v_dari AND n.berlaku_sejak <= v_sampai)
    ORDER BY g.berlaku_sejak DESC LIMIT 1;
    IF v_zona IS NOT NULL AND cardinality(p_mundur) = 0 THEN
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
