-- Places: how many vehicles the site holds, and areas of it. An area is a set of gates; who came in by one stands in it.

ALTER TABLE public.lokasi
    ADD COLUMN kapasitas integer CHECK (kapasitas >= 0),
    ADD COLUMN tolak_penuh boolean NOT NULL DEFAULT false;
CREATE TRIGGER setelan_kapasitas AFTER UPDATE OF kapasitas, tolak_penuh ON public.lokasi
    FOR EACH ROW EXECUTE FUNCTION intern.setelan_berubah();

CREATE TABLE public.area (
    situs       text NOT NULL REFERENCES public.lokasi,
    id          text NOT NULL CHECK (id ~ '^[A-Z0-9-]{1,16}$'),
    nama        text NOT NULL CHECK (char_length(nama) BETWEEN 1 AND 40),
    gerbang     text[] NOT NULL CHECK (cardinality(gerbang) > 0),
    kapasitas   integer CHECK (kapasitas >= 0),
    per_jenis   jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(per_jenis) = 'object'),
    tolak_penuh boolean NOT NULL DEFAULT false,
    PRIMARY KEY (situs, id)
);
CREATE TRIGGER setelan AFTER INSERT OR UPDATE OR DELETE ON public.area
    FOR EACH ROW EXECUTE FUNCTION intern.setelan_berubah();

CREATE FUNCTION intern.kapasitas_json(p_situs text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'total', l.kapasitas, 'refuse', l.tolak_penuh,
        'areas', coalesce((SELECT jsonb_agg(jsonb_build_object(
                'id', a.id, 'name', a.nama, 'gates', to_jsonb(a.gerbang), 'total', a.kapasitas,
                'classes', a.per_jenis, 'refuse', a.tolak_penuh) ORDER BY a.id)
            FROM public.area a WHERE a.situs = l.situs), '[]'))
    FROM public.lokasi l WHERE l.situs = p_situs
$$;

-- Whatever settings held before, and the places beside it.
ALTER FUNCTION intern.setelan(text) RENAME TO setelan_tanpa_kapasitas;
CREATE FUNCTION intern.setelan(p_situs text) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT (intern.setelan_tanpa_kapasitas(p_situs)::jsonb
        || jsonb_build_object('capacity', intern.kapasitas_json(p_situs)))::json
$$;

-- What is configured, and who is inside by the gate they came in by.
CREATE FUNCTION ops.capacity() RETURNS json LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_situs text := intern.situs_ini();
BEGIN
    RETURN json_build_object(
        'capacity', intern.kapasitas_json(v_situs),
        'classes', coalesce((SELECT json_agg(json_build_object(
                'id', j.id, 'name', j.nama, 'key', j.tombol, 'capacity', j.kapasitas) ORDER BY j.urutan, j.id)
            FROM public.jenis_kendaraan j WHERE j.situs = v_situs), '[]'),
        'inside', coalesce((SELECT json_agg(json_build_object('gate', d.gerbang_masuk, 'class', d.jenis, 'count', d.n))
            FROM (SELECT coalesce(v.gerbang_masuk, '') AS gerbang_masuk, v.jenis, count(*) AS n
                  FROM public.kendaraan v WHERE v.situs = v_situs GROUP BY 1, 2) d), '[]'));
END $$;

-- Sets what is named and leaves the rest: {area, name, gates, total, classes, refuse, remove, operator}. Without an area the
-- site itself; a class or total of null is not counted any more. Whether anything changed.
CREATE FUNCTION ops.capacity_set(p jsonb) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_situs text := intern.situs_ini();
    v_area  text := p->>'area';
    v_jenis jsonb := coalesce(p->'classes', '{}');
    v_lama  jsonb;
    v_salah text;
    v_ada   boolean;
BEGIN
    PERFORM 1 FROM public.lokasi l WHERE l.situs = v_situs FOR UPDATE;
    v_lama := intern.kapasitas_json(v_situs);
    SELECT string_agg(k, ', ' ORDER BY k) INTO v_salah FROM jsonb_object_keys(v_jenis) k
    WHERE NOT EXISTS (SELECT 1 FROM public.jenis_kendaraan j WHERE j.situs = v_situs AND j.id = k);
    IF v_salah IS NOT NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'jenis tidak dikenal: ' || v_salah;
    END IF;
    SELECT string_agg(g, ', ' ORDER BY g) INTO v_salah
    FROM jsonb_array_elements_text(coalesce(p->'gates', '[]')) g
    WHERE NOT EXISTS (SELECT 1 FROM public.gerbang b WHERE b.situs = v_situs AND b.kode = g);
    IF v_salah IS NOT NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'gerbang tidak terdaftar: ' || v_salah;
    END IF;
    IF v_area IS NULL THEN
        UPDATE public.lokasi l SET
            kapasitas = CASE WHEN p ? 'total' THEN (p->>'total')::integer ELSE l.kapasitas END,
            tolak_penuh = coalesce((p->>'refuse')::boolean, l.tolak_penuh)
        WHERE l.situs = v_situs AND (p ? 'total' OR p ? 'refuse');
        UPDATE public.jenis_kendaraan j SET kapasitas = (v_jenis->>j.id)::integer
        WHERE j.situs = v_situs AND v_jenis ? j.id AND j.kapasitas IS DISTINCT FROM (v_jenis->>j.id)::integer;
        v_ada := FOUND OR v_lama <> intern.kapasitas_json(v_situs);
    ELSIF coalesce((p->>'remove')::boolean, false) THEN
        DELETE FROM public.area a WHERE a.situs = v_situs AND a.id = v_area;
        v_ada := FOUND;
    ELSE
        IF NOT p ? 'gates' AND NOT EXISTS (SELECT 1 FROM public.area a WHERE a.situs = v_situs AND a.id = v_area) THEN
            RAISE invalid_parameter_value USING MESSAGE = 'area ' || v_area || ' belum ada: sebutkan gerbangnya';
        END IF;
        INSERT INTO public.area AS a (situs, id, nama, gerbang, kapasitas, per_jenis, tolak_penuh)
        VALUES (v_situs, v_area, coalesce(p->>'name', v_area),
                ARRAY(SELECT DISTINCT jsonb_array_elements_text(coalesce(p->'gates', '["?"]')) ORDER BY 1),
                (p->>'total')::integer, jsonb_strip_nulls(v_jenis), coalesce((p->>'refuse')::boolean, false))
        ON CONFLICT (situs, id) DO UPDATE SET
            nama = coalesce(p->>'name', a.nama),
            gerbang = CASE WHEN p ? 'gates' THEN excluded.gerbang ELSE a.gerbang END,
            kapasitas = CASE WHEN p ? 'total' THEN excluded.kapasitas ELSE a.kapasitas END,
            per_jenis = jsonb_strip_nulls(a.per_jenis || v_jenis),
            tolak_penuh = coalesce((p->>'refuse')::boolean, a.tolak_penuh);
        v_ada := v_lama <> intern.kapasitas_json(v_situs);
    END IF;
    IF v_ada THEN
        INSERT INTO public.audit (situs, tindakan, rincian) VALUES (v_situs, 'kapasitas', p);
    END IF;
    RETURN v_ada;
END $$;
GRANT EXECUTE ON FUNCTION ops.capacity(), ops.capacity_set(jsonb) TO parkir_admin;
