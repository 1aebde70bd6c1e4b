-- Members: who has a card, with which plates, in which group, from when until when. Changes of one site follow one
-- another (urut), so that a terminal asks for what came behind the last it heard, by an index, and never for all. No member
-- is deleted: one that ended stays as ended, so that every terminal hears of it.

ALTER TABLE public.anggota
    ADD COLUMN kartu text,                              -- letters and digits, upper case
    ADD COLUMN golongan text,                           -- as the tariff's `members`
    ADD COLUMN dari date,                               -- first and last day; NULL: no such end
    ADD COLUMN sampai date,
    ADD COLUMN aktif boolean NOT NULL DEFAULT true,
    ADD COLUMN urut bigint NOT NULL DEFAULT 0,
    ADD COLUMN dibuat timestamptz NOT NULL DEFAULT now();
UPDATE public.anggota a SET kartu = regexp_replace(upper(a.plat_nomor), '[^A-Z0-9]', '', 'g'), golongan = a.jenis,
    sampai = (a.berlaku_sampai AT TIME ZONE l.zona)::date
FROM public.lokasi l WHERE l.situs = a.situs;

-- A plate is at most one member's.
CREATE TABLE public.anggota_plat (
    situs text NOT NULL,
    plat  text NOT NULL,
    kartu text NOT NULL,
    PRIMARY KEY (situs, plat)
);
INSERT INTO public.anggota_plat (situs, plat, kartu)
SELECT a.situs, a.kartu, a.kartu FROM public.anggota a ON CONFLICT DO NOTHING;

ALTER TABLE public.anggota
    DROP COLUMN plat_nomor, DROP COLUMN jenis, DROP COLUMN berlaku_sampai,
    ALTER COLUMN kartu SET NOT NULL, ALTER COLUMN golongan SET NOT NULL,
    ADD PRIMARY KEY (situs, kartu);
CREATE UNIQUE INDEX anggota_urut ON public.anggota (situs, urut, kartu);
ALTER TABLE public.anggota_plat ADD FOREIGN KEY (situs, kartu) REFERENCES public.anggota;
CREATE INDEX anggota_plat_kartu ON public.anggota_plat (situs, kartu);
-- Names and plates are nobody's report.
REVOKE SELECT ON public.anggota, public.anggota_plat FROM parkir_report;

-- The number of the last change. Whoever changes members holds its row until the commit: numbers come to be seen in order.
CREATE TABLE public.anggota_versi (
    situs text PRIMARY KEY REFERENCES public.lokasi,
    urut  bigint NOT NULL
);

CREATE FUNCTION intern.anggota_maju(p_situs text) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO public.anggota_versi (situs, urut) VALUES (p_situs, 1)
    ON CONFLICT (situs) DO UPDATE SET urut = anggota_versi.urut + 1 RETURNING urut
$$;

-- As domain::member reads it.
CREATE FUNCTION intern.anggota_isi(a public.anggota) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('card', a.kartu, 'name', a.nama, 'group', a.golongan, 'from', a.dari, 'until', a.sampai,
        'active', a.aktif, 'plates', (SELECT coalesce(jsonb_agg(p.plat ORDER BY p.plat), '[]')
            FROM public.anggota_plat p WHERE p.situs = a.situs AND p.kartu = a.kartu))
$$;

-- What changed behind a cursor (generation|change|card), 1000 at a time. A cursor of another life of the centre, or of
-- changes it has not reached (a backup was put in its place), begins anew: `reset`.
CREATE FUNCTION api.members(p_kursor text) RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_gerbang public.gerbang := intern.gerbang_ini();
    v_paling  CONSTANT integer := 1000;
    v_hidup   text := intern.generasi();
    v_urut    bigint := -1;
    v_kartu   text := '';
    v_lagi    boolean;
    v_isi     json;
    v_reset   boolean := p_kursor IS NULL OR split_part(p_kursor, '|', 1) <> v_hidup
                         OR split_part(p_kursor, '|', 2) !~ '^\d{1,18}$';
BEGIN
    IF NOT v_reset THEN
        v_urut := split_part(p_kursor, '|', 2)::bigint;
        v_kartu := split_part(p_kursor, '|', 3);
        v_reset := v_urut > coalesce((SELECT v.urut FROM public.anggota_versi v WHERE v.situs = v_gerbang.situs), 0);
        IF v_reset THEN
            v_urut := -1;
            v_kartu := '';
        END IF;
    END IF;
    SELECT count(*) = v_paling, coalesce(json_agg(intern.anggota_isi(a) ORDER BY a.urut, a.kartu), '[]'),
           coalesce((array_agg(a.urut ORDER BY a.urut DESC, a.kartu DESC))[1], greatest(v_urut, 0)),
           coalesce((array_agg(a.kartu ORDER BY a.urut DESC, a.kartu DESC))[1], v_kartu)
    INTO v_lagi, v_isi, v_urut, v_kartu
    FROM (SELECT * FROM public.anggota x
          WHERE x.situs = v_gerbang.situs AND (x.urut, x.kartu) > (v_urut, v_kartu)
          ORDER BY x.urut, x.kartu LIMIT v_paling) a;
    RETURN json_build_object('reset', v_reset, 'more', v_lagi, 'members', v_isi,
        'cursor', v_hidup || '|' || v_urut || '|' || v_kartu);
END $$;
GRANT EXECUTE ON FUNCTION api.members(text) TO parkir_gate;

-- Members by a part of card, name, group or plate, by card, at most 1000 behind one.
CREATE FUNCTION ops.members(p_cari text, p_sesudah text) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(json_agg(intern.anggota_isi(a) ORDER BY a.kartu), '[]') FROM (
        SELECT * FROM public.anggota x
        WHERE x.situs = intern.situs_ini() AND x.kartu > coalesce(p_sesudah, '')
          AND (coalesce(btrim(p_cari), '') = '' OR strpos(lower(x.nama), lower(btrim(p_cari))) > 0
               OR strpos(lower(x.golongan), lower(btrim(p_cari))) > 0
               OR strpos(x.kartu, nullif(regexp_replace(upper(p_cari), '[^A-Z0-9]', '', 'g'), '')) > 0
               OR EXISTS (SELECT 1 FROM public.anggota_plat p WHERE p.situs = x.situs AND p.kartu = x.kartu
                          AND strpos(p.plat, nullif(regexp_replace(upper(p_cari), '[^A-Z0-9]', '', 'g'), '')) > 0))
        ORDER BY x.kartu LIMIT 1000) a
$$;

-- Puts members in, all or none: [{card, name, group, plates, from, until, active}]. `p_cara`: `add` refuses a card that is
-- there, `change` one that is not, `import` takes both. What is the same stays untouched. A plate of two members is
-- refused with both cards. `p_coba`: tells what would happen, and changes nothing.
CREATE FUNCTION ops.members_put(p jsonb, p_cara text, p_coba boolean) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_situs text := intern.situs_ini();
    v_urut  bigint;
    v_salah record;
    v_baru  bigint;
    v_ubah  bigint;
    v_sama  bigint;
BEGIN
    IF (p_cara IN ('add', 'change', 'import') AND jsonb_typeof(p) = 'array') IS NOT TRUE THEN
        RAISE invalid_parameter_value USING MESSAGE = 'daftar anggota diharapkan';
    END IF;
    -- One at a time: what is looked up below still holds at the commit.
    v_urut := intern.anggota_maju(v_situs);
    CREATE TEMP TABLE masukan ON COMMIT DROP AS
    SELECT r.card AS kartu, r.name AS nama, r."group" AS golongan, r."from" AS dari, r.until AS sampai,
           coalesce(r.active, true) AS aktif,
           ARRAY(SELECT d.x FROM (SELECT DISTINCT e AS x FROM jsonb_array_elements_text(coalesce(r.plates, '[]')) e) d
                 ORDER BY d.x COLLATE "C") AS plat
    FROM jsonb_to_recordset(p) AS r(card text, name text, "group" text, "from" date, until date, active boolean, plates jsonb);
    SELECT m.kartu, CASE
            WHEN (m.kartu ~ '^[A-Z0-9]{1,32}$') IS NOT TRUE THEN 'kartu: 1 sampai 32 huruf atau angka'
            WHEN (m.nama = btrim(m.nama) AND m.nama !~ '[[:cntrl:]]' AND char_length(m.nama) BETWEEN 1 AND 60) IS NOT TRUE
                THEN 'nama: 1 sampai 60 huruf'
            WHEN (m.golongan = btrim(m.golongan) AND m.golongan !~ '[[:cntrl:]]'
                  AND char_length(m.golongan) BETWEEN 1 AND 40) IS NOT TRUE THEN 'golongan: 1 sampai 40 huruf'
            WHEN m.sampai < m.dari THEN 'sampai lebih awal daripada dari'
            WHEN EXISTS (SELECT 1 FROM unnest(m.plat) x WHERE (x ~ '^[A-Z0-9]{1,16}$') IS NOT TRUE) THEN 'plat tidak terbaca'
            WHEN p_cara = 'add' AND a.kartu IS NOT NULL THEN 'sudah ada'
            WHEN p_cara = 'change' AND a.kartu IS NULL THEN 'tidak ada'
            WHEN (SELECT count(*) FROM masukan n WHERE n.kartu = m.kartu) > 1 THEN 'dua kali dalam daftar ini' END AS sebab
    INTO v_salah FROM masukan m
    LEFT JOIN public.anggota a ON a.situs = v_situs AND a.kartu = m.kartu
    ORDER BY 2 NULLS LAST, 1 LIMIT 1;
    IF v_salah.sebab IS NOT NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'anggota ' || coalesce(v_salah.kartu, '') || ': ' || v_salah.sebab;
    END IF;
    -- What an ended member drove is free again.
    SELECT x.plat, min(x.kartu) AS kartu, max(x.kartu) AS lain INTO v_salah FROM (
        SELECT unnest(m.plat) AS plat, m.kartu FROM masukan m WHERE m.aktif
        UNION ALL
        SELECT q.plat, q.kartu FROM public.anggota_plat q JOIN public.anggota a USING (situs, kartu)
        WHERE q.situs = v_situs AND a.aktif AND q.plat IN (SELECT unnest(m.plat) FROM masukan m WHERE m.aktif)
          AND NOT EXISTS (SELECT 1 FROM masukan m WHERE m.kartu = q.kartu)) x
    GROUP BY x.plat HAVING count(*) > 1 ORDER BY x.plat LIMIT 1;
    IF v_salah.plat IS NOT NULL THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'plat ' || v_salah.plat || ' milik dua anggota: ' || v_salah.kartu || ' dan ' || v_salah.lain;
    END IF;
    CREATE TEMP TABLE beda ON COMMIT DROP AS
    SELECT m.*, a.kartu IS NULL AS baru FROM masukan m
    LEFT JOIN public.anggota a ON a.situs = v_situs AND a.kartu = m.kartu
    WHERE (a.nama, a.golongan, a.dari, a.sampai, a.aktif) IS DISTINCT FROM (m.nama, m.golongan, m.dari, m.sampai, m.aktif)
       OR m.plat IS DISTINCT FROM ARRAY(SELECT q.plat FROM public.anggota_plat q
            WHERE q.situs = v_situs AND q.kartu = m.kartu ORDER BY q.plat COLLATE "C");
    SELECT count(*) FILTER (WHERE b.baru), count(*) FILTER (WHERE NOT b.baru) INTO v_baru, v_ubah FROM beda b;
    SELECT count(*) - v_baru - v_ubah INTO v_sama FROM masukan;
    IF NOT p_coba AND v_baru + v_ubah > 0 THEN
        INSERT INTO public.anggota (situs, kartu, nama, golongan, dari, sampai, aktif, urut)
        SELECT v_situs, b.kartu, b.nama, b.golongan, b.dari, b.sampai, b.aktif, v_urut FROM beda b
        ON CONFLICT (situs, kartu) DO UPDATE SET nama = excluded.nama, golongan = excluded.golongan,
            dari = excluded.dari, sampai = excluded.sampai, aktif = excluded.aktif, urut = excluded.urut;
        DELETE FROM public.anggota_plat q USING beda b WHERE q.situs = v_situs AND q.kartu = b.kartu;
        -- A plate goes from an ended member to the one who drives it now, and the ended one's row travels too.
        WITH lepas AS (
            DELETE FROM public.anggota_plat q USING beda b
            WHERE q.situs = v_situs AND b.aktif AND q.plat = ANY (b.plat) RETURNING q.kartu)
        UPDATE public.anggota a SET urut = v_urut FROM lepas WHERE a.situs = v_situs AND a.kartu = lepas.kartu;
        INSERT INTO public.anggota_plat (situs, plat, kartu)
        SELECT v_situs, x, b.kartu FROM beda b, unnest(b.plat) x WHERE b.aktif;
        INSERT INTO public.anggota_plat (situs, plat, kartu)
        SELECT v_situs, x, b.kartu FROM beda b, unnest(b.plat) x WHERE NOT b.aktif ON CONFLICT DO NOTHING;
        -- Cards and counts, no names: this is never erased.
        INSERT INTO public.audit (situs, tindakan, rincian)
        VALUES (v_situs, 'anggota_' || CASE p_cara WHEN 'add' THEN 'tambah' WHEN 'change' THEN 'ubah' ELSE 'impor' END,
            jsonb_build_object('baru', v_baru, 'ubah', v_ubah, 'kartu', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'kartu', b.kartu, 'golongan', b.golongan, 'sampai', b.sampai, 'aktif', b.aktif) ORDER BY b.kartu), '[]')
                FROM (SELECT * FROM beda ORDER BY kartu LIMIT 100) b)));
    END IF;
    DROP TABLE masukan, beda;
    RETURN json_build_object('added', v_baru, 'changed', v_ubah, 'same', v_sama);
END $$;
GRANT EXECUTE ON FUNCTION ops.members(text, text), ops.members_put(jsonb, text, boolean) TO parkir_admin;
