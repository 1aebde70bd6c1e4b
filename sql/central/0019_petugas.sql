-- Operators: who may log in at gates, with the hash of their PIN. A gate is given operators and supervisors only; an
-- administrator's hash never leaves this table, and no hash crosses the line between the two: who becomes an
-- administrator, or stops being one, gets a new PIN.

ALTER TABLE public.pengguna
    ADD COLUMN versi integer NOT NULL DEFAULT 1,
    ADD COLUMN harus_ganti boolean NOT NULL DEFAULT false;   -- a gate that held the hash was revoked
CREATE UNIQUE INDEX pengguna_nama ON public.pengguna (situs, lower(nama));

-- Terminals hold these: a change of them is a change of the settings.
CREATE TRIGGER setelan_tambah AFTER INSERT ON public.pengguna
    FOR EACH ROW WHEN (NEW.peran <> 'admin') EXECUTE FUNCTION intern.setelan_berubah();
CREATE TRIGGER setelan_ubah AFTER UPDATE ON public.pengguna
    FOR EACH ROW WHEN (OLD.peran <> 'admin' OR NEW.peran <> 'admin') EXECUTE FUNCTION intern.setelan_berubah();
CREATE TRIGGER setelan_hapus AFTER DELETE ON public.pengguna
    FOR EACH ROW WHEN (OLD.peran <> 'admin') EXECUTE FUNCTION intern.setelan_berubah();

-- Who may log in at a gate, as domain::operator reads it.
CREATE FUNCTION intern.petugas(p_situs text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'name', p.nama, 'role', p.peran, 'pin', p.sidik_pin, 'version', p.versi, 'must_change', p.harus_ganti)
        ORDER BY lower(p.nama)), '[]')
    FROM public.pengguna p
    WHERE p.situs = p_situs AND p.aktif AND p.peran IN ('operator', 'supervisor')
$$;

-- The settings; with the people for gates alone.
CREATE OR REPLACE FUNCTION api.settings() RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_situs text := intern.situs_ini();
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.gerbang g WHERE g.login = session_user AND g.aktif) THEN
        RETURN intern.setelan(v_situs);
    END IF;
    RETURN (intern.setelan(v_situs)::jsonb || jsonb_build_object('operators', intern.petugas(v_situs)))::json;
END $$;

-- A PIN's hash as terminals can check it: argon2id in PHC form.
CREATE FUNCTION intern.sidik_sah(p_sidik text) RETURNS void LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF (char_length(p_sidik) <= 200
        AND p_sidik ~ '^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$') IS NOT TRUE THEN
        RAISE invalid_parameter_value USING MESSAGE = 'sidik PIN diharapkan sebagai argon2id';
    END IF;
END $$;

-- A new PIN instead of one that a revoked gate held, from the gate at which its owner has just proved the old one. Only
-- where a change is due, and only in place of that very one: `false` says that somebody else was there before.
CREATE FUNCTION api.change_pin(p_nama text, p_versi integer, p_sidik text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_gerbang public.gerbang := intern.gerbang_ini();
BEGIN
    PERFORM intern.sidik_sah(p_sidik);
    UPDATE public.pengguna p SET sidik_pin = p_sidik, versi = p.versi + 1, harus_ganti = false
    WHERE p.situs = v_gerbang.situs AND p.nama = p_nama AND p.versi = p_versi AND p.aktif AND p.harus_ganti
      AND p.peran IN ('operator', 'supervisor') AND p.sidik_pin <> p_sidik;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO public.audit (situs, tindakan, rincian)
    VALUES (v_gerbang.situs, 'pengguna_pin', jsonb_build_object('nama', p_nama, 'gerbang', v_gerbang.kode));
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION api.change_pin(text, integer, text) TO parkir_gate;

-- The PINs a gate held are known to whoever took it away.
CREATE FUNCTION intern.gerbang_dicabut() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.pengguna SET harus_ganti = true
    WHERE situs = NEW.situs AND peran IN ('operator', 'supervisor') AND NOT harus_ganti;
    RETURN NULL;
END $$;
CREATE TRIGGER pin_ganti AFTER UPDATE OF aktif ON public.gerbang
    FOR EACH ROW WHEN (OLD.aktif AND NOT NEW.aktif) EXECUTE FUNCTION intern.gerbang_dicabut();

-- The users, without their hashes.
CREATE FUNCTION ops.users() RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'name', p.nama, 'role', p.peran, 'active', p.aktif, 'must_change', p.harus_ganti, 'version', p.versi,
        'created', intern.waktu_json(p.dibuat)) ORDER BY lower(p.nama)), '[]')
    FROM public.pengguna p WHERE p.situs = intern.situs_ini()
$$;

CREATE FUNCTION ops.user_add(p_nama text, p_peran text, p_sidik text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_situs text := intern.situs_ini();
BEGIN
    PERFORM intern.sidik_sah(p_sidik);
    IF (p_nama = btrim(p_nama) AND p_nama !~ '[[:cntrl:]]' AND char_length(p_nama) BETWEEN 1 AND 40) IS NOT TRUE THEN
        RAISE invalid_parameter_value USING MESSAGE = 'nama: 1 sampai 40 huruf';
    ELSIF (p_peran IN ('operator', 'supervisor', 'admin')) IS NOT TRUE THEN
        RAISE invalid_parameter_value USING MESSAGE = 'peran: operator, supervisor atau admin';
    END IF;
    INSERT INTO public.pengguna (situs, nama, peran, sidik_pin) VALUES (v_situs, p_nama, p_peran, p_sidik)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE invalid_parameter_value USING MESSAGE = 'pengguna ' || p_nama || ' sudah ada';
    END IF;
    INSERT INTO public.audit (situs, tindakan, rincian)
    VALUES (v_situs, 'pengguna_tambah', jsonb_build_object('nama', p_nama, 'peran', p_peran));
END $$;

-- Changes one user: what is null stays as it is. A site keeps an administrator.
CREATE FUNCTION ops.user_change(p_nama text, p_peran text, p_sidik text, p_aktif boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_situs text := intern.situs_ini();
    v_lama  public.pengguna;
BEGIN
    -- One at a time: two who each take the other's rights away leave one.
    PERFORM 1 FROM public.pengguna p WHERE p.situs = v_situs ORDER BY p.nama FOR UPDATE;
    SELECT * INTO v_lama FROM public.pengguna p WHERE p.situs = v_situs AND lower(p.nama) = lower(btrim(p_nama));
    IF NOT FOUND THEN
        RAISE invalid_parameter_value USING MESSAGE = 'pengguna ' || p_nama || ' tidak ada';
    ELSIF p_peran NOT IN ('operator', 'supervisor', 'admin') THEN
        RAISE invalid_parameter_value USING MESSAGE = 'peran: operator, supervisor atau admin';
    ELSIF p_sidik IS NOT NULL THEN
        PERFORM intern.sidik_sah(p_sidik);
    ELSIF (p_peran = 'admin') <> (v_lama.peran = 'admin') THEN
        RAISE invalid_parameter_value USING MESSAGE = 'menjadi admin, atau berhenti menjadi admin, perlu PIN baru';
    END IF;
    UPDATE public.pengguna p
    SET peran = coalesce(p_peran, p.peran), sidik_pin = coalesce(p_sidik, p.sidik_pin),
        aktif = coalesce(p_aktif, p.aktif), versi = p.versi + 1,
        harus_ganti = p.harus_ganti AND p_sidik IS NULL
    WHERE p.situs = v_situs AND p.nama = v_lama.nama;
    IF NOT EXISTS (SELECT 1 FROM public.pengguna p WHERE p.situs = v_situs AND p.peran = 'admin' AND p.aktif) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'harus ada admin yang aktif';
    END IF;
    INSERT INTO public.audit (situs, tindakan, rincian)
    VALUES (v_situs, 'pengguna_ubah', jsonb_strip_nulls(jsonb_build_object(
        'nama', v_lama.nama, 'peran', p_peran, 'aktif', p_aktif, 'pin', CASE WHEN p_sidik IS NOT NULL THEN true END)));
END $$;
GRANT EXECUTE ON FUNCTION ops.users(), ops.user_add(text, text, text), ops.user_change(text, text, text, boolean)
    TO parkir_admin;
