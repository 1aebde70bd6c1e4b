-- Months of the two partitioned tables.

-- The smallest UUIDv7 of a moment: 48 bits of milliseconds lead it.
CREATE FUNCTION intern.uuid_batas(p_waktu timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (lpad(to_hex(greatest(floor(extract(epoch FROM p_waktu) * 1000), 0)::bigint), 12, '0')
            || repeat('0', 20))::uuid
$$;

-- Makes the partitions of a (UTC) month if they are missing, and moves in what the default partitions hold of it. The
-- parents are locked first, in the order in which ingest takes them: who chose the default partition for a row before
-- the month was there would come too late with it, and be told that the row is at fault.
CREATE FUNCTION intern.buat_bulan(p_hari date) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_awal  timestamptz := date_trunc('month', p_hari::timestamp) AT TIME ZONE 'UTC';
    v_akhir timestamptz := (date_trunc('month', p_hari::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    v_nama  text;
    v_dari  text;
    v_ke    text;
    v_kolom text;
    v_induk text;
    v_dibuat boolean := false;
BEGIN
    FOREACH v_induk IN ARRAY ARRAY['peristiwa', 'transaksi'] LOOP
        v_nama := v_induk || '_' || to_char(p_hari, 'YYYYMM');
        CONTINUE WHEN to_regclass('public.' || v_nama) IS NOT NULL;
        IF v_induk = 'peristiwa' THEN
            v_kolom := 'id';
            v_dari := intern.uuid_batas(v_awal)::text;
            v_ke := intern.uuid_batas(v_akhir)::text;
        ELSE
            v_kolom := 'tanggal';
            v_dari := v_awal::text;
            v_ke := v_akhir::text;
        END IF;
        IF NOT v_dibuat THEN
            LOCK TABLE ONLY public.peristiwa IN ACCESS EXCLUSIVE MODE;
            LOCK TABLE ONLY public.transaksi IN ACCESS EXCLUSIVE MODE;
            CONTINUE WHEN to_regclass('public.' || v_nama) IS NOT NULL;     -- somebody else made it meanwhile
        END IF;
        EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', v_induk || '_lain');
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', v_nama, v_induk);
        EXECUTE format('WITH pindah AS (DELETE FROM public.%I WHERE %I >= %L AND %I < %L RETURNING *) '
            'INSERT INTO public.%I SELECT * FROM pindah',
            v_induk || '_lain', v_kolom, v_dari, v_kolom, v_ke, v_nama);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            v_induk, v_nama, v_dari, v_ke);
        v_dibuat := true;
    END LOOP;
    RETURN v_dibuat;
END $$;

-- This month and the three that follow. Daily work of the server; harmless at any time.
CREATE FUNCTION intern.siapkan_bulan() RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_dibuat integer := 0;
BEGIN
    FOR i IN 0..3 LOOP
        IF intern.buat_bulan(((now() AT TIME ZONE 'UTC')::date + make_interval(months => i))::date) THEN
            v_dibuat := v_dibuat + 1;
        END IF;
    END LOOP;
    RETURN v_dibuat;
END $$;

SELECT intern.siapkan_bulan();
