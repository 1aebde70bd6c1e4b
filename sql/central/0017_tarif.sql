-- Tariff versions with more in them than rules by class, immutable; the site's holidays; and past exits, to be reckoned
-- anew with another tariff.

-- What is not one class's: name, special times, members, rounding, tax, holidays, as domain::tariff reads them.
ALTER TABLE public.tarif ADD COLUMN umum jsonb NOT NULL DEFAULT '{}';

-- A version is frozen at every entry: what it said must never change.
CREATE FUNCTION intern.tarif_tetap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE object_not_in_prerequisite_state USING
        MESSAGE = 'versi tarif tidak dapat diubah atau dihapus; tambahkan versi baru';
END $$;
CREATE TRIGGER tetap BEFORE UPDATE OR DELETE ON public.tarif FOR EACH ROW EXECUTE FUNCTION intern.tarif_tetap();
CREATE TRIGGER tetap_semua BEFORE TRUNCATE ON public.tarif FOR EACH STATEMENT EXECUTE FUNCTION intern.tarif_tetap();

CREATE TABLE public.hari_libur (
    situs   text NOT NULL REFERENCES public.lokasi,
    tanggal date NOT NULL,
    nama    text NOT NULL DEFAULT '',
    PRIMARY KEY (situs, tanggal)
);
CREATE TRIGGER setelan AFTER INSERT OR UPDATE OR DELETE ON public.hari_libur
    FOR EACH ROW EXECUTE FUNCTION intern.setelan_berubah();

-- Whether programs from before this migration read a version: rules of the first six keys and nothing else. They refuse
-- settings with a rule they do not know, keys and classes with it.
CREATE FUNCTION intern.tarif_lama(t public.tarif) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT t.umum = '{}' AND NOT EXISTS (
        SELECT 1 FROM jsonb_each(t.aturan) r
        WHERE NOT r.value ?& ARRAY['first_minutes', 'first_fee', 'next_minutes', 'next_fee'] OR EXISTS (
            SELECT 1 FROM jsonb_object_keys(r.value) k
            WHERE k NOT IN ('grace_minutes', 'first_minutes', 'first_fee', 'next_minutes', 'next_fee', 'daily_cap')))
$$;

CREATE FUNCTION intern.tarif_json(t public.tarif) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT t.umum || jsonb_build_object(
        'version', t.versi, 'effective_from', intern.waktu_json(t.berlaku_sejak), 'rules', t.aturan)
$$;

-- As before, with holidays, and with the versions older programs cannot read in a list of their own.
CREATE OR REPLACE FUNCTION intern.setelan(p_situs text) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'version', l.versi_setelan, 'site', l.situs, 'site_name', l.nama, 'zone', l.zona,
        'cutoff_minutes', l.pergantian_menit,
        'classes', coalesce((SELECT json_agg(json_build_object(
                'id', j.id, 'name', j.nama, 'key', j.tombol, 'capacity', j.kapasitas) ORDER BY j.urutan, j.id)
            FROM public.jenis_kendaraan j WHERE j.situs = l.situs), '[]'),
        'tariffs', coalesce((SELECT json_agg(intern.tarif_json(t) ORDER BY t.versi)
            FROM public.tarif t WHERE t.situs = l.situs AND intern.tarif_lama(t)), '[]'),
        'tariffs_more', coalesce((SELECT json_agg(intern.tarif_json(t) ORDER BY t.versi)
            FROM public.tarif t WHERE t.situs = l.situs AND NOT intern.tarif_lama(t)), '[]'),
        'holidays', coalesce((SELECT json_agg(json_build_object('date', h.tanggal, 'name', h.nama) ORDER BY h.tanggal)
            FROM public.hari_libur h WHERE h.situs = l.situs), '[]'),
        'keys', coalesce((SELECT json_agg(json_build_object(
                'gate', k.gerbang, 'key', k.kunci, 'revoked_at', intern.waktu_json(k.dicabut_pada))
                ORDER BY k.gerbang, k.dibuat, k.kunci)
            FROM public.kunci_gerbang k WHERE k.situs = l.situs), '[]'))
    FROM public.lokasi l WHERE l.situs = p_situs
$$;

-- A new version: {effective_from, rules, general, operator} in, {version, already} out. The very same again is told, not
-- added: whoever heard no answer may ask again.
CREATE FUNCTION ops.tariff_add(p jsonb) RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_situs  text := intern.situs_ini();
    v_sejak  timestamptz := (p->>'effective_from')::timestamptz;
    v_aturan jsonb := p->'rules';
    v_umum   jsonb := coalesce(p->'general', '{}');
    v_akhir  public.tarif;
    v_kurang text;
BEGIN
    -- One at a time.
    PERFORM 1 FROM public.lokasi l WHERE l.situs = v_situs FOR UPDATE;
    SELECT * INTO v_akhir FROM public.tarif t WHERE t.situs = v_situs ORDER BY t.versi DESC LIMIT 1;
    IF (v_akhir.berlaku_sejak, v_akhir.aturan, v_akhir.umum) = (v_sejak, v_aturan, v_umum) THEN
        RETURN json_build_object('version', v_akhir.versi, 'already', true);
    END IF;
    IF v_sejak IS NULL OR jsonb_typeof(v_aturan) IS DISTINCT FROM 'object' OR jsonb_typeof(v_umum) <> 'object' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'effective_from, rules dan general diharapkan';
    END IF;
    IF v_sejak < now() - interval '5 minutes' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'tarif tidak dapat berlaku mundur';
    END IF;
    SELECT string_agg(j.id, ', ' ORDER BY j.urutan) INTO v_kurang
    FROM public.jenis_kendaraan j WHERE j.situs = v_situs AND NOT v_aturan ? j.id;
    IF v_kurang IS NOT NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'belum ada tarif untuk jenis ' || v_kurang;
    END IF;
    -- A ticket's QR has 16 bits for it.
    IF v_akhir.versi >= 65535 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'versi tarif habis';
    END IF;
    INSERT INTO public.tarif (situs, versi, berlaku_sejak, aturan, umum)
    VALUES (v_situs, coalesce(v_akhir.versi, 0) + 1, v_sejak, v_aturan, v_umum) RETURNING * INTO v_akhir;
    INSERT INTO public.audit (situs, tindakan, rincian)
    VALUES (v_situs, 'tarif', jsonb_build_object(
        'versi', v_akhir.versi, 'berlaku_sejak', v_sejak, 'petugas', p->>'operator'));
    RETURN json_build_object('version', v_akhir.versi, 'already', false);
END $$;

-- Names a day a holiday, or with no name takes it out. Whether anything changed.
CREATE FUNCTION ops.holiday(p_tanggal date, p_nama text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_situs text := intern.situs_ini();
    v_ada   boolean;
BEGIN
    IF p_nama IS NULL THEN
        DELETE FROM public.hari_libur h WHERE h.situs = v_situs AND h.tanggal = p_tanggal;
    ELSE
        INSERT INTO public.hari_libur AS h (situs, tanggal, nama) VALUES (v_situs, p_tanggal, left(p_nama, 80))
        ON CONFLICT (situs, tanggal) DO UPDATE SET nama = excluded.nama WHERE h.nama <> excluded.nama;
    END IF;
    v_ada := FOUND;
    IF v_ada THEN
        INSERT INTO public.audit (situs, tindakan, rincian)
        VALUES (v_situs, 'hari_libur', jsonb_build_object('tanggal', p_tanggal, 'nama', p_nama));
    END IF;
    RETURN v_ada;
END $$;

-- Exits that count in a span, oldest first, 5000 at a time behind {at, gate, id}: rows and where to go on.
CREATE FUNCTION ops.exits(p jsonb) RETURNS json LANGUAGE plpgsql STABLE SECURITY DEFINER
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
                'left_at', intern.waktu_json(h.tanggal), 'fee', h.biaya, 'tariff', h.tarif_versi)
                ORDER BY h.tanggal, h.gerbang, h.id) FROM halaman h), '[]'),
        'next', (SELECT CASE WHEN (SELECT count(*) FROM halaman) = 5000 THEN json_build_object(
                'at', h.tanggal, 'gate', h.gerbang, 'id', h.id) END
            FROM halaman h ORDER BY h.tanggal DESC, h.gerbang DESC, h.id DESC LIMIT 1))
    INTO v_hasil;
    RETURN v_hasil;
END $$;
GRANT EXECUTE ON FUNCTION ops.tariff_add(jsonb), ops.holiday(date, text), ops.exits(jsonb) TO parkir_admin;
