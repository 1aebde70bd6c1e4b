-- Months, when the default partitions hold much. Moving rows under the lock that keeps everybody out is for few rows;
-- many are copied beside (`parkir db months`), while the default partition goes on serving, and only swapped under it.

-- More rows of a month than this are not moved under a lock.
CREATE FUNCTION intern.bulan_sekali() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 20000 $$;

-- The bounds of a (UTC) month as the partition key writes them.
CREATE FUNCTION intern.batas_bulan(p_induk text, p_hari date, OUT dari text, OUT sampai text) LANGUAGE sql STABLE AS $$
    SELECT CASE p_induk WHEN 'peristiwa' THEN intern.uuid_batas(m.awal)::text ELSE m.awal::text END,
           CASE p_induk WHEN 'peristiwa' THEN intern.uuid_batas(m.akhir)::text ELSE m.akhir::text END
    FROM (SELECT date_trunc('month', p_hari::timestamp) AT TIME ZONE 'UTC' AS awal,
                 (date_trunc('month', p_hari::timestamp) + interval '1 month') AT TIME ZONE 'UTC' AS akhir) m
$$;

-- How many rows of a month a default partition holds; counts no further than p_batas.
CREATE FUNCTION intern.isi_bulan(p_induk text, p_hari date, p_batas integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_kolom  text := CASE p_induk WHEN 'peristiwa' THEN 'id' ELSE 'tanggal' END;
    v_batas  record;
    v_banyak bigint;
BEGIN
    SELECT * INTO v_batas FROM intern.batas_bulan(p_induk, p_hari);
    EXECUTE format('SELECT count(*) FROM (SELECT 1 FROM public.lokasi s, LATERAL (SELECT 1 FROM public.%I d '
        'WHERE d.situs = s.situs AND d.%I >= %L AND d.%I < %L LIMIT %s OFFSET 0) d LIMIT %s) n',
        p_induk || '_lain', v_kolom, v_batas.dari, v_kolom, v_batas.sampai, p_batas, p_batas) INTO v_banyak;
    RETURN v_banyak;
END $$;

-- As before, but a table whose default partition holds much of the month is left as it is.
CREATE OR REPLACE FUNCTION intern.buat_bulan(p_hari date) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_batas  record;
    v_nama   text;
    v_kolom  text;
    v_induk  text;
    v_dibuat boolean := false;
BEGIN
    FOREACH v_induk IN ARRAY ARRAY['peristiwa', 'transaksi'] LOOP
        v_nama := v_induk || '_' || to_char(p_hari, 'YYYYMM');
        v_kolom := CASE v_induk WHEN 'peristiwa' THEN 'id' ELSE 'tanggal' END;
        SELECT * INTO v_batas FROM intern.batas_bulan(v_induk, p_hari);
        CONTINUE WHEN to_regclass('public.' || v_nama) IS NOT NULL
            OR intern.isi_bulan(v_induk, p_hari, intern.bulan_sekali() + 1) > intern.bulan_sekali();
        IF NOT v_dibuat THEN
            LOCK TABLE ONLY public.peristiwa IN ACCESS EXCLUSIVE MODE;
            LOCK TABLE ONLY public.transaksi IN ACCESS EXCLUSIVE MODE;
            CONTINUE WHEN to_regclass('public.' || v_nama) IS NOT NULL;     -- somebody else made it meanwhile
        END IF;
        EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', v_induk || '_lain');
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', v_nama, v_induk);
        EXECUTE format('WITH pindah AS (DELETE FROM public.%I WHERE %I >= %L AND %I < %L RETURNING *) '
            'INSERT INTO public.%I SELECT * FROM pindah',
            v_induk || '_lain', v_kolom, v_batas.dari, v_kolom, v_batas.sampai, v_nama);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            v_induk, v_nama, v_batas.dari, v_batas.sampai);
        v_dibuat := true;
    END LOOP;
    RETURN v_dibuat;
END $$;

-- Of this month and the three that follow, those that were left, as peristiwa_202706: for people to move.
CREATE FUNCTION hub.months_left() RETURNS text[] LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT ARRAY(
        SELECT n.nama FROM unnest('{peristiwa,transaksi}'::text[]) AS t(induk), generate_series(0, 3) AS i,
        LATERAL (SELECT ((now() AT TIME ZONE 'UTC')::date + make_interval(months => i))::date AS hari) h,
        LATERAL (SELECT t.induk || '_' || to_char(h.hari, 'YYYYMM') AS nama) n
        WHERE to_regclass('public.' || n.nama) IS NULL
          AND intern.isi_bulan(t.induk, h.hari, intern.bulan_sekali() + 1) > intern.bulan_sekali()
        ORDER BY 1)
$$;
GRANT EXECUTE ON FUNCTION hub.months_left() TO parkir_hub;

-- Moving what a default partition holds. Beside it stands a table partitioned alike, <induk>_baru; a trigger writes
-- there whatever is written to the default partition, slices of what was there before are copied in between, and at the
-- end its partitions take the default partition's place. Until then the default partition serves, and the copy can be
-- thrown away at any moment (pindah_batal; a next run begins with it).

CREATE FUNCTION intern.pindah_batal(p_induk text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF to_regclass('public.' || p_induk || '_baru') IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('DROP TRIGGER IF EXISTS cermin ON public.%I', p_induk || '_lain');
    EXECUTE format('DROP TABLE IF EXISTS public.%I', p_induk || '_baru');
END $$;

-- What is written to the default partition goes into the copy too.
CREATE FUNCTION intern.cermin() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_ARGV[0] = 'peristiwa' THEN
        IF TG_OP <> 'INSERT' THEN
            DELETE FROM public.peristiwa_baru b
            WHERE b.situs = OLD.situs AND b.id = OLD.id AND b.gerbang = OLD.gerbang;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            INSERT INTO public.peristiwa_baru SELECT NEW.* ON CONFLICT DO NOTHING;
        END IF;
    ELSE
        IF TG_OP <> 'INSERT' THEN
            DELETE FROM public.transaksi_baru b
            WHERE b.situs = OLD.situs AND b.tanggal = OLD.tanggal AND b.gerbang = OLD.gerbang AND b.id = OLD.id;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            INSERT INTO public.transaksi_baru SELECT NEW.* ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- Begins, where nothing is begun: months of which the default partition holds more than p_lebih rows get a table; the rest, which is little,
-- stays together. Gives how many blocks there are to copy; 0 for none, and nothing was begun then.
CREATE FUNCTION intern.pindah_mulai(p_induk text, p_lebih integer) RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_baru  text := p_induk || '_baru';
    v_lain  text := p_induk || '_lain';
    v_kolom text := CASE p_induk WHEN 'peristiwa' THEN 'id' ELSE 'tanggal' END;
    v_bulan date[];
    v_hari  date;
    v_batas record;
    v_nama  text;
BEGIN
    EXECUTE format('SELECT array_agg(m.bulan ORDER BY m.bulan) FROM (SELECT date_trunc(''month'', %s)::date AS bulan '
        'FROM public.%I d GROUP BY 1 HAVING count(*) > %s) m', CASE p_induk WHEN 'peristiwa' THEN
            'to_timestamp((''x'' || translate(left(d.id::text, 13), ''-'', ''''))::bit(48)::bigint / 1000.0) AT TIME ZONE ''UTC'''
            ELSE 'd.tanggal AT TIME ZONE ''UTC''' END, v_lain, p_lebih) INTO v_bulan;
    IF v_bulan IS NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I) PARTITION BY RANGE (%I)', v_baru, p_induk, v_kolom);
    FOREACH v_hari IN ARRAY v_bulan LOOP
        v_nama := p_induk || '_' || to_char(v_hari, 'YYYYMM') || '_baru';
        SELECT * INTO v_batas FROM intern.batas_bulan(p_induk, v_hari);
        -- The check says what the attaching asks, so that no row is read then.
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL, CONSTRAINT bulan CHECK '
            '(%I IS NOT NULL AND %I >= %L AND %I < %L))',
            v_nama, p_induk, v_kolom, v_kolom, v_batas.dari, v_kolom, v_batas.sampai);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            v_baru, v_nama, v_batas.dari, v_batas.sampai);
    END LOOP;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', v_lain || '_baru', p_induk);
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I DEFAULT', v_baru, v_lain || '_baru');
    EXECUTE format('CREATE TRIGGER cermin AFTER INSERT OR UPDATE OR DELETE ON public.%I '
        'FOR EACH ROW EXECUTE FUNCTION intern.cermin(%L)', v_lain, p_induk);
    RETURN pg_relation_size(('public.' || v_lain)::regclass) / current_setting('block_size')::bigint;
END $$;

-- Copies the rows of these blocks. They are held meanwhile, so that a change of one comes before or behind its copy.
CREATE FUNCTION intern.pindah_salin(p_induk text, p_dari bigint, p_sampai bigint) RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_banyak bigint;
BEGIN
    EXECUTE format('INSERT INTO public.%I SELECT d.* FROM public.%I d WHERE d.ctid >= %L AND d.ctid < %L FOR SHARE '
        'ON CONFLICT DO NOTHING', p_induk || '_baru', p_induk || '_lain',
        format('(%s,0)', p_dari), format('(%s,0)', p_sampai));
    GET DIAGNOSTICS v_banyak = ROW_COUNT;
    RETURN v_banyak;
END $$;

-- Whether the copy is the default partition, row by row, as one snapshot sees both.
CREATE FUNCTION intern.pindah_sama(p_induk text) RETURNS boolean LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_sama boolean;
BEGIN
    EXECUTE format('SELECT (SELECT (count(*), sum(hashtextextended(d::text, 0)::numeric)) FROM public.%I d) '
        'IS NOT DISTINCT FROM (SELECT (count(*), sum(hashtextextended(d::text, 0)::numeric)) FROM public.%I d)',
        p_induk || '_lain', p_induk || '_baru') INTO v_sama;
    RETURN v_sama;
END $$;

-- Puts the copy in the default partition's place: names change, no row moves. Gives how many months were made.
CREATE FUNCTION intern.pindah_ganti(p_induk text) RETURNS integer LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_baru   text := p_induk || '_baru';
    v_lain   text := p_induk || '_lain';
    v_bagian record;
    v_nama   text;
    v_dibuat integer := 0;
BEGIN
    LOCK TABLE ONLY public.peristiwa IN ACCESS EXCLUSIVE MODE;
    LOCK TABLE ONLY public.transaksi IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('LOCK TABLE public.%I, public.%I IN ACCESS EXCLUSIVE MODE', v_lain, v_baru);
    EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', p_induk, v_lain);
    EXECUTE format('DROP TABLE public.%I', v_lain);
    FOR v_bagian IN
        SELECT c.relname AS nama, pg_get_expr(c.relpartbound, c.oid) AS batas FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = ('public.' || v_baru)::regclass ORDER BY 1
    LOOP
        v_nama := left(v_bagian.nama, -5);
        -- Somebody made the month meanwhile: its rows left the default partition then, and so the copy.
        CONTINUE WHEN v_bagian.batas <> 'DEFAULT' AND to_regclass('public.' || v_nama) IS NOT NULL;
        EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', v_baru, v_bagian.nama);
        EXECUTE format('ALTER TABLE public.%I RENAME TO %I', v_bagian.nama, v_nama);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I %s', p_induk, v_nama, v_bagian.batas);
        IF v_bagian.batas <> 'DEFAULT' THEN
            EXECUTE format('ALTER TABLE public.%I DROP CONSTRAINT bulan', v_nama);
            v_dibuat := v_dibuat + 1;
        END IF;
    END LOOP;
    EXECUTE format('DROP TABLE public.%I', v_baru);
    RETURN v_dibuat;
END $$;
