-- How a ticket came out of the printer, told to every gate by the centre, not by the hub alone; and an index of exits by
-- their shift that does not read each exit's JSON twice.

-- Printings of tickets that are not simply well at the first try. What is not here was printed, or nobody tried.
CREATE TABLE public.cetakan (
    situs     text NOT NULL,
    kunjungan uuid NOT NULL,
    gerbang   text NOT NULL,
    id        uuid NOT NULL,                    -- of the printed fact: the largest of the entry's gate counts
    hasil     text NOT NULL,                    -- ok, failed, unknown
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (situs, kunjungan, gerbang, id)
);
CREATE UNIQUE INDEX cetakan_id ON public.cetakan (situs, gerbang, id);
CREATE INDEX cetakan_xid ON public.cetakan (xid);

CREATE FUNCTION intern.cetakan_berubah() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_kunjungan uuid := intern.nomor(NEW.isi #>> '{body,stay}');
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM public.cetakan c WHERE c.situs = OLD.situs AND c.gerbang = OLD.gerbang AND c.id = OLD.id;
    END IF;
    IF NEW.jenis = 'printed' AND v_kunjungan IS NOT NULL AND NEW.isi #>> '{body,what}' = 'ticket' THEN
        INSERT INTO public.cetakan (situs, kunjungan, gerbang, id, hasil)
        VALUES (NEW.situs, v_kunjungan, NEW.gerbang, NEW.id, left(coalesce(NEW.isi #>> '{body,outcome}', ''), 16))
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
-- A ticket printed well at the first try is told by its text, as terminals spell it: most never get further.
CREATE TRIGGER cetakan_baru AFTER INSERT ON public.peristiwa FOR EACH ROW
    WHEN (NEW.jenis = 'printed' AND NEW.isi::text NOT LIKE '%"copy":1,"outcome":"ok"%')
    EXECUTE FUNCTION intern.cetakan_berubah();
CREATE TRIGGER cetakan_ubah AFTER UPDATE OF jenis, isi, id, gerbang ON public.peristiwa FOR EACH ROW
    WHEN (OLD.jenis = 'printed' OR NEW.jenis = 'printed') EXECUTE FUNCTION intern.cetakan_berubah();

-- Of the last two days: who came before has been told by the hub.
INSERT INTO public.cetakan (situs, kunjungan, gerbang, id, hasil)
SELECT p.situs, intern.nomor(p.isi #>> '{body,stay}'), p.gerbang, p.id, left(coalesce(p.isi #>> '{body,outcome}', ''), 16)
FROM public.lokasi l, public.peristiwa p
WHERE p.situs = l.situs AND p.jenis = 'printed' AND intern.nomor(p.isi #>> '{body,stay}') IS NOT NULL
  AND p.isi #>> '{body,what}' = 'ticket'
  AND p.id >= (lpad(to_hex((extract(epoch FROM now() - interval '2 days') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
  AND p.isi::text NOT LIKE '%"copy":1,"outcome":"ok"%';

-- As before, with what the gate that let it in says of the ticket.
CREATE OR REPLACE FUNCTION intern.kunjungan_json(k public.kunjungan) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN k.waktu_masuk IS NOT NULL THEN json_build_object(
        'stay', k.id, 'ticket', k.tiket, 'plate', k.plat_nomor, 'class', k.jenis,
        'entered_at', intern.waktu_json(k.waktu_masuk), 'entered_gate', k.gerbang_masuk, 'operator', k.operator,
        'tariff', k.tarif_versi, 'version', k.versi,
        'state', CASE k.keadaan WHEN 'di_dalam' THEN 'inside' WHEN 'keluar' THEN 'left' ELSE 'void' END,
        'left_at', intern.waktu_json(k.waktu_keluar), 'left_gate', k.gerbang_keluar, 'fee', k.biaya,
        'paper', (SELECT c.hasil FROM public.cetakan c
                  WHERE c.situs = k.situs AND c.kunjungan = k.id AND c.gerbang = k.gerbang_masuk
                  ORDER BY c.id DESC LIMIT 1)) END
$$;

-- As before (0016), with stays of which only the printing is news.
CREATE OR REPLACE FUNCTION intern.perubahan(p_situs text, p_kursor text) RETURNS json LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_paling  CONSTANT integer := 2000;
    v_dari    pg_snapshot := intern.kursor_berlaku(p_situs, p_kursor);
    v_sampai  text;
    v_sesudah uuid := '00000000-0000-0000-0000-000000000000';
    v_id      uuid[];
    v_lagi    boolean := false;
    v_hasil   json;
BEGIN
    IF v_dari IS NOT NULL AND split_part(p_kursor, '|', 4) <> '' THEN
        BEGIN
            v_sampai := split_part(p_kursor, '|', 3)::pg_snapshot::text;
            v_sesudah := split_part(p_kursor, '|', 4)::uuid;
        EXCEPTION WHEN data_exception THEN
            v_dari := NULL;
        END;
    END IF;
    -- Rows and snapshot of one statement: what it does not see, the cursor does not claim.
    SELECT coalesce(v_sampai, pg_current_snapshot()::text), ARRAY(
        SELECT p.kunjungan FROM public.peristiwa p
        WHERE p.xid < pg_snapshot_xmax(pg_current_snapshot())
          AND p.xid >= pg_snapshot_xmin(v_dari) AND NOT pg_visible_in_snapshot(p.xid, v_dari)
          AND p.situs IS NOT DISTINCT FROM p_situs AND p.kunjungan > v_sesudah
          AND p.jenis IN ('entered', 'left', 'voided', 'corrected', 'duplicate')
        UNION
        SELECT c.kunjungan FROM public.cetakan c
        WHERE c.xid < pg_snapshot_xmax(pg_current_snapshot())
          AND c.xid >= pg_snapshot_xmin(v_dari) AND NOT pg_visible_in_snapshot(c.xid, v_dari)
          AND c.situs IS NOT DISTINCT FROM p_situs AND c.kunjungan > v_sesudah
        ORDER BY 1 LIMIT v_paling)
    INTO v_sampai, v_id;
    v_lagi := cardinality(v_id) = v_paling;
    SELECT json_build_object(
        'reset', v_dari IS NULL, 'more', v_lagi,
        'cursor', intern.generasi() || '|'
            || CASE WHEN v_lagi THEN v_dari::text || '|' || v_sampai || '|' || v_id[v_paling] ELSE v_sampai END,
        'settings_version', (SELECT l.versi_setelan FROM public.lokasi l WHERE l.situs = p_situs),
        'stays', coalesce((SELECT json_agg(intern.kunjungan_json(k) ORDER BY k.id) FROM public.kunjungan k
            WHERE k.situs = p_situs AND k.waktu_masuk IS NOT NULL AND k.id = ANY (v_id)), '[]'))
    INTO v_hasil;
    RETURN v_hasil;
END $$;

-- Exits by shift: whether an exit names one is told by its text; its JSON is read once where it does, and never where it
-- does not.
DROP INDEX public.peristiwa_shift;
CREATE INDEX peristiwa_shift ON public.peristiwa ((isi ->> 'shift'))
    WHERE jenis = 'left' AND isi::text NOT LIKE '%"shift":null%';

CREATE OR REPLACE FUNCTION intern.jumlah_shift(p_situs text, p_gerbang text, p_id uuid,
    OUT jumlah bigint, OUT total bigint, OUT batal bigint, OUT total_batal bigint, OUT metode jsonb)
LANGUAGE sql STABLE AS $$
    WITH t AS MATERIALIZED (
        SELECT t.metode, t.biaya, t.batal FROM public.peristiwa q, LATERAL (
            SELECT t.metode, t.biaya, t.batal FROM public.transaksi t
            WHERE t.situs = q.situs AND t.tanggal = q.waktu AND t.gerbang = q.gerbang AND t.id = q.id OFFSET 0) t
        WHERE q.jenis = 'left' AND q.isi ->> 'shift' = p_id::text AND q.isi::text NOT LIKE '%"shift":null%'
          AND q.situs IS NOT DISTINCT FROM p_situs AND q.gerbang IS NOT DISTINCT FROM p_gerbang
    )
    SELECT count(*) FILTER (WHERE NOT t.batal), coalesce(sum(t.biaya) FILTER (WHERE NOT t.batal), 0)::bigint,
           count(*) FILTER (WHERE t.batal), coalesce(sum(t.biaya) FILTER (WHERE t.batal), 0)::bigint,
           (SELECT coalesce(jsonb_object_agg(m.metode, jsonb_build_object('count', m.n, 'sum', m.jumlah)), '{}')
            FROM (SELECT t.metode, count(*) AS n, sum(t.biaya) AS jumlah FROM t WHERE NOT t.batal GROUP BY 1) m)
    FROM t
$$;
