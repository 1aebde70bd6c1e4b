-- Shifts, projected from the facts that open and close them: the set decides. What was paid in a shift is summed from
-- transaksi whenever somebody asks, by the facts that name it.

ALTER TABLE public.shift
    ALTER COLUMN operator SET DEFAULT '',
    ALTER COLUMN dibuka DROP NOT NULL,          -- a closing may come before its opening
    ADD COLUMN ditutup_oleh text,
    ADD COLUMN cara text,                       -- counted, headless, cutoff
    ADD COLUMN modal bigint,
    ADD COLUMN terhitung bigint,                -- NULL: nobody counted
    ADD COLUMN seharusnya bigint,
    ADD COLUMN selisih bigint,
    ADD COLUMN alasan text,
    ADD COLUMN setoran bigint,
    ADD COLUMN nomor_setoran text,
    ADD COLUMN tinggal bigint,
    ADD COLUMN dilaporkan bigint,               -- the revenue as the slip says it
    ADD COLUMN dari uuid,                       -- whose cash was accepted, and how much was found
    ADD COLUMN diterima bigint,
    ADD COLUMN tutup uuid;                      -- the closing fact
CREATE INDEX shift_dibuka ON public.shift (situs, dibuka);

CREATE INDEX peristiwa_tutup ON public.peristiwa ((isi #>> '{body,shift}')) WHERE jenis = 'shift_closed';
CREATE INDEX peristiwa_shift ON public.peristiwa ((isi ->> 'shift')) WHERE jenis = 'left' AND isi ->> 'shift' IS NOT NULL;

-- A whole number as bodies hold it, NULL for anything else.
CREATE FUNCTION intern.bulat(p jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof(p) = 'number' THEN
        CASE WHEN p::numeric BETWEEN -1000000000000000 AND 1000000000000000 THEN trunc(p::numeric)::bigint END END
$$;

CREATE FUNCTION intern.nomor(p text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN p::uuid END
$$;

-- One shift from its facts: its opening bears its id; of closings that name it the smallest id holds.
CREATE FUNCTION intern.susun_shift(p_situs text, p_gerbang text, p_id uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_buka  record;
    v_tutup record;
BEGIN
    -- Whoever else brings a fact of this shift waits here, and sees this one's.
    INSERT INTO public.shift (situs, gerbang, id, operator) VALUES (p_situs, p_gerbang, p_id, '')
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM public.shift s WHERE s.situs = p_situs AND s.gerbang = p_gerbang AND s.id = p_id FOR UPDATE;
    SELECT q.waktu, coalesce(q.isi ->> 'operator', '') AS operator, (q.isi -> 'body')::jsonb AS b INTO v_buka
    FROM public.peristiwa q
    WHERE q.situs = p_situs AND q.id = p_id AND q.gerbang = p_gerbang AND q.jenis = 'shift_opened';
    SELECT q.id, q.waktu, q.isi ->> 'operator' AS operator, (q.isi -> 'body')::jsonb AS b INTO v_tutup
    FROM public.peristiwa q
    WHERE q.situs IS NOT DISTINCT FROM p_situs AND q.gerbang IS NOT DISTINCT FROM p_gerbang
      AND q.jenis = 'shift_closed' AND q.isi #>> '{body,shift}' = p_id::text
    ORDER BY q.id LIMIT 1;
    IF v_buka IS NULL AND v_tutup IS NULL THEN
        DELETE FROM public.shift s WHERE s.situs = p_situs AND s.gerbang = p_gerbang AND s.id = p_id;
        RETURN;
    END IF;
    UPDATE public.shift s
    SET operator = coalesce(v_buka.operator, v_tutup.b ->> 'opened_by', ''), dibuka = v_buka.waktu,
        modal = coalesce(intern.bulat(v_buka.b -> 'float'), intern.bulat(v_tutup.b -> 'float')),
        dari = intern.nomor(v_buka.b ->> 'from_shift'), diterima = intern.bulat(v_buka.b -> 'accepted'),
        tutup = v_tutup.id, ditutup = v_tutup.waktu, ditutup_oleh = v_tutup.operator,
        cara = left(v_tutup.b ->> 'how', 32), terhitung = intern.bulat(v_tutup.b -> 'counted'),
        seharusnya = intern.bulat(v_tutup.b -> 'expected'), selisih = intern.bulat(v_tutup.b -> 'variance'),
        alasan = left(v_tutup.b ->> 'reason', 500), setoran = intern.bulat(v_tutup.b -> 'deposit'),
        nomor_setoran = left(v_tutup.b ->> 'deposit_number', 64), tinggal = intern.bulat(v_tutup.b -> 'left'),
        dilaporkan = (SELECT sum(intern.bulat(m.value -> 'sum'))::bigint
                      FROM jsonb_each(CASE WHEN jsonb_typeof(v_tutup.b #> '{totals,methods}') = 'object'
                                           THEN v_tutup.b #> '{totals,methods}' ELSE '{}' END) m)
    WHERE s.situs = p_situs AND s.gerbang = p_gerbang AND s.id = p_id;
END $$;

-- The shift a fact opens or closes.
CREATE FUNCTION intern.shift_dari(p_jenis text, p_id uuid, p_isi json) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_jenis WHEN 'shift_opened' THEN p_id
                WHEN 'shift_closed' THEN intern.nomor(p_isi #>> '{body,shift}') END
$$;

-- Wherever such a fact comes from, and also when its content yields to another's or the ledger is filled anew.
CREATE FUNCTION intern.shift_berubah() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_baru uuid := intern.shift_dari(NEW.jenis, NEW.id, NEW.isi);
    v_lama uuid;
BEGIN
    IF v_baru IS NOT NULL THEN
        PERFORM intern.susun_shift(NEW.situs, NEW.gerbang, v_baru);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        v_lama := intern.shift_dari(OLD.jenis, OLD.id, OLD.isi);
        IF v_lama <> v_baru OR v_baru IS NULL AND v_lama IS NOT NULL THEN
            PERFORM intern.susun_shift(OLD.situs, OLD.gerbang, v_lama);
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER shift_baru AFTER INSERT ON public.peristiwa
    FOR EACH ROW WHEN (NEW.jenis IN ('shift_opened', 'shift_closed')) EXECUTE FUNCTION intern.shift_berubah();
CREATE TRIGGER shift_ubah AFTER UPDATE OF jenis, isi, id, gerbang ON public.peristiwa
    FOR EACH ROW WHEN (OLD.jenis IN ('shift_opened', 'shift_closed') OR NEW.jenis IN ('shift_opened', 'shift_closed'))
    EXECUTE FUNCTION intern.shift_berubah();

-- What was paid in a shift, as the books have it now: what stands, and what was taken back since.
CREATE FUNCTION intern.jumlah_shift(p_situs text, p_gerbang text, p_id uuid,
    OUT jumlah bigint, OUT total bigint, OUT batal bigint, OUT total_batal bigint, OUT metode jsonb)
LANGUAGE sql STABLE AS $$
    WITH t AS MATERIALIZED (
        SELECT t.metode, t.biaya, t.batal FROM public.peristiwa q, LATERAL (
            SELECT t.metode, t.biaya, t.batal FROM public.transaksi t
            WHERE t.situs = q.situs AND t.tanggal = q.waktu AND t.gerbang = q.gerbang AND t.id = q.id OFFSET 0) t
        WHERE q.jenis = 'left' AND q.isi ->> 'shift' = p_id::text
          AND q.situs IS NOT DISTINCT FROM p_situs AND q.gerbang IS NOT DISTINCT FROM p_gerbang
    )
    SELECT count(*) FILTER (WHERE NOT t.batal), coalesce(sum(t.biaya) FILTER (WHERE NOT t.batal), 0)::bigint,
           count(*) FILTER (WHERE t.batal), coalesce(sum(t.biaya) FILTER (WHERE t.batal), 0)::bigint,
           (SELECT coalesce(jsonb_object_agg(m.metode, jsonb_build_object('count', m.n, 'sum', m.jumlah)), '{}')
            FROM (SELECT t.metode, count(*) AS n, sum(t.biaya) AS jumlah FROM t WHERE NOT t.batal GROUP BY 1) m)
    FROM t
$$;

CREATE FUNCTION intern.shift_json(s public.shift) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'shift', s.id, 'gate', s.gerbang, 'operator', s.operator, 'opened_at', intern.waktu_json(s.dibuka),
        'closed_at', intern.waktu_json(s.ditutup), 'closed_by', s.ditutup_oleh, 'how', s.cara, 'float', s.modal,
        'counted', s.terhitung, 'expected', s.seharusnya, 'variance', s.selisih, 'reason', s.alasan,
        'deposit', s.setoran, 'deposit_number', s.nomor_setoran, 'left', s.tinggal, 'reported', s.dilaporkan,
        'from_shift', s.dari, 'accepted', s.diterima,
        'accepted_by', (SELECT n.operator FROM public.shift n
                        WHERE n.situs = s.situs AND n.gerbang = s.gerbang AND n.dari = s.id ORDER BY n.id LIMIT 1),
        'count', j.jumlah, 'revenue', j.total, 'voids', j.batal, 'voided', j.total_batal, 'methods', j.metode)
    FROM intern.jumlah_shift(s.situs, s.gerbang, s.id) j
$$;

-- Shifts that were open at some time of a range, newest first, at most 500.
CREATE FUNCTION ops.shifts(p_dari timestamptz, p_sampai timestamptz) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(json_agg(intern.shift_json(s) ORDER BY s.dibuka DESC NULLS LAST, s.id DESC), '[]')
    FROM (SELECT x.* FROM public.shift x
          WHERE x.situs = intern.situs_ini() AND coalesce(x.dibuka, x.ditutup) < p_sampai
            AND coalesce(x.ditutup, 'infinity') >= p_dari
          ORDER BY x.dibuka DESC NULLS LAST, x.id DESC LIMIT 500) s
$$;

-- One shift by the beginning or the end of its id, or by its deposit's number, with the closing as it came.
CREATE FUNCTION ops.shift(p_nama text) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object('row', intern.shift_json(s), 'site', l.nama, 'closing', (
        SELECT q.isi FROM public.peristiwa q
        WHERE q.situs = s.situs AND q.id = s.tutup AND q.gerbang = s.gerbang)) ORDER BY s.id), '[]')
    FROM (SELECT x.* FROM public.shift x
          WHERE x.situs = intern.situs_ini()
            AND (starts_with(x.id::text, lower(p_nama)) OR x.id::text LIKE '%' || regexp_replace(lower(p_nama), '[^0-9a-f-]', '', 'g')
                 AND p_nama ~ '^[0-9a-fA-F-]+$' OR x.nomor_setoran = upper(p_nama))
          ORDER BY x.id DESC LIMIT 2) s, public.lokasi l
    WHERE l.situs = s.situs
$$;
GRANT EXECUTE ON FUNCTION ops.shifts(timestamptz, timestamptz), ops.shift(text) TO parkir_admin;

-- What came before this migration.
DO $$
BEGIN
    PERFORM intern.susun_shift(q.situs, q.gerbang, x.id) FROM public.peristiwa q, LATERAL (
        SELECT intern.shift_dari(q.jenis, q.id, q.isi) AS id) x
    WHERE q.jenis IN ('shift_opened', 'shift_closed') AND x.id IS NOT NULL;
END $$;
