-- The one that is kept: of the same kind as what it replaces, and told when it does not stand any more.

-- Whether an entry or exit stands: neither voided nor set aside.
CREATE FUNCTION intern.berlaku(p_situs text, p_gerbang text, p_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.peristiwa q JOIN public.kunjungan k ON k.situs = p_situs AND k.id = q.kunjungan
        WHERE q.situs = p_situs AND q.id = p_id AND q.gerbang = p_gerbang
          AND CASE q.jenis WHEN 'left' THEN q.gerbang || ' ' || q.id <> ALL (k.dibatalkan)
              WHEN 'entered' THEN k.keadaan IN ('di_dalam', 'keluar') AND NOT k.tanda && '{masuk_batal}'
              ELSE false END)
$$;

-- Facts of gate PUSAT into the books, all of them or none: {inserted, already}. A set that is there already is told so
-- and not judged again, so that whoever heard no answer may ask again.
CREATE OR REPLACE FUNCTION intern.terima_pusat(p json[], p_jenis text, p_tindakan text) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
    v_situs   text := intern.situs_ini();
    v_fakta   intern.fakta[] := intern.baca_semua(p);
    v_salah   text;
    v_tetap   record;
    v_putusan text[];
BEGIN
    IF cardinality(v_fakta) NOT BETWEEN 1 AND 500 OR EXISTS (
            SELECT 1 FROM unnest(v_fakta) f
            WHERE f.kode IS NOT NULL OR f.gerbang <> 'PUSAT' OR f.situs <> v_situs OR f.jenis <> p_jenis) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'peristiwa ' || p_jenis || ' milik PUSAT diharapkan';
    END IF;
    -- The stays of what goes and of what stays, in key order: two people who each keep what the other removes wait
    -- for one another here.
    PERFORM 1 FROM (
        SELECT k.id FROM (
            SELECT f.kunjungan AS id FROM unnest(v_fakta) f
            UNION SELECT q.kunjungan FROM unnest(p) i, LATERAL (
                SELECT q.kunjungan FROM public.peristiwa q
                WHERE q.situs = v_situs AND q.id = (i #>> '{body,kept}')::uuid
                  AND q.gerbang = i #>> '{body,kept_gate}' OFFSET 0) q) k
        ORDER BY k.id) s, LATERAL (
        SELECT 1 FROM public.kunjungan k WHERE k.situs = v_situs AND k.id = s.id FOR UPDATE) l;
    IF NOT EXISTS (SELECT 1 FROM unnest(v_fakta) f WHERE NOT EXISTS (
            SELECT 1 FROM public.peristiwa q WHERE q.situs = v_situs AND q.id = f.id AND q.gerbang = 'PUSAT')) THEN
        NULL;   -- all there: terapkan only compares
    ELSIF p_jenis = 'duplicate' THEN
        SELECT min(t.sasaran) INTO v_salah FROM (
            SELECT i #>> '{body,target}' AS sasaran, i #>> '{body,target_gate}' AS gerbang,
                   (i #>> '{body,stay}')::uuid AS kunjungan FROM unnest(p) i) t
        WHERE NOT EXISTS (SELECT 1 FROM public.peristiwa q
            WHERE q.situs = v_situs AND q.id = t.sasaran::uuid AND q.gerbang = t.gerbang AND q.kunjungan = t.kunjungan
              AND q.jenis IN ('entered', 'left'));
        IF v_salah IS NOT NULL THEN
            RAISE no_data_found USING ERRCODE = '22023', MESSAGE = 'tidak ada masuk atau keluar dengan nomor ' || v_salah;
        END IF;
        IF (SELECT count(DISTINCT i #>> '{body,group}') > 1 OR count(DISTINCT (i #>> '{body,kept_gate}', i #>> '{body,kept}')) > 1
            FROM unnest(p) i) THEN
            RAISE invalid_parameter_value USING MESSAGE = 'satu keputusan untuk satu kelompok dan satu yang tetap diharapkan';
        END IF;
        FOR v_tetap IN SELECT DISTINCT i #>> '{body,kept_gate}' AS gerbang, (i #>> '{body,kept}')::uuid AS id
                FROM unnest(p) i LOOP
            IF EXISTS (SELECT 1 FROM unnest(p) i WHERE i #>> '{body,target}' = v_tetap.id::text
                       AND i #>> '{body,target_gate}' = v_tetap.gerbang) THEN
                RAISE invalid_parameter_value USING MESSAGE = 'satu dari kelompok ini harus tetap berlaku';
            END IF;
            IF EXISTS (SELECT 1 FROM unnest(p) i, public.peristiwa q, public.peristiwa t
                       WHERE q.situs = v_situs AND q.id = (i #>> '{body,target}')::uuid
                         AND q.gerbang = i #>> '{body,target_gate}'
                         AND t.situs = v_situs AND t.id = v_tetap.id AND t.gerbang = v_tetap.gerbang
                         AND q.jenis <> t.jenis) THEN
                RAISE invalid_parameter_value USING
                    MESSAGE = 'masuk hanya menggantikan masuk, dan keluar hanya menggantikan keluar';
            END IF;
            IF NOT intern.berlaku(v_situs, v_tetap.gerbang, v_tetap.id) THEN
                RAISE invalid_parameter_value USING
                    MESSAGE = 'yang akan tetap berlaku sudah dibatalkan atau disisihkan; cari ulang';
            END IF;
        END LOOP;
    ELSE
        SELECT min(f.id::text) INTO v_salah FROM unnest(v_fakta) f JOIN unnest(p) i ON (i->>'id')::uuid = f.id
        WHERE i #>> '{body,target_gate}' IS DISTINCT FROM 'PUSAT' OR NOT EXISTS (
            SELECT 1 FROM intern.rangkap(v_situs, ARRAY[f.kunjungan]) r WHERE r.fakta::text = i #>> '{body,target}');
        IF v_salah IS NOT NULL THEN
            RAISE invalid_parameter_value USING MESSAGE = 'kelompok ini tidak sedang disisihkan; cari ulang';
        END IF;
    END IF;
    v_putusan := intern.terapkan(v_situs, p, v_fakta);
    IF 'conflict_id' = ANY (v_putusan) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'nomor peristiwa sudah dipakai';
    END IF;
    IF 'inserted' = ANY (v_putusan) THEN
        INSERT INTO public.audit (situs, tindakan, rincian)
        SELECT v_situs, p_tindakan, jsonb_build_object(
            'petugas', (v_fakta[1]).operator, 'alasan', (p[1]) #>> '{body,reason}',
            'kelompok', (p[1]) #>> '{body,group}',
            'peristiwa', (SELECT jsonb_agg(jsonb_build_object('fakta', i->>'id', 'sasaran', i #>> '{body,target}',
                'gerbang', i #>> '{body,target_gate}', 'tetap', i #>> '{body,kept}')) FROM unnest(p) i));
    END IF;
    RETURN json_build_object('inserted', cardinality(array_positions(v_putusan, 'inserted')),
                             'already', cardinality(array_positions(v_putusan, 'already')));
END $$;

-- As before; kept_stands is false for what was set aside in favour of one that does not stand any more, so that of all
-- of them none is counted: people undo it, or leave it so.
CREATE OR REPLACE FUNCTION ops.duplicates(p jsonb) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
WITH tanya AS MATERIALIZED (
    SELECT intern.situs_ini() AS situs, (p->>'from')::timestamptz AS dari, (p->>'to')::timestamptz AS sampai,
           p->>'class' AS kelas, upper(coalesce(p->>'filter', '')) AS saring,
           least(greatest(coalesce((p->>'limit')::integer, 100), 1), 500) AS batas,
           lower(coalesce(p->>'group', '')) AS kelompok
), temu AS (
    SELECT c.kelompok::text AS kelompok, (ARRAY['exact', 'strong', 'weak'])[c.kelas] AS kelas, c.sebab, c.sisi,
           c.waktu, s.tetap_gerbang, s.tetap,
           ARRAY(SELECT a.gerbang || ' ' || a.id FROM unnest(c.anggota) a) AS anggota,
           (SELECT string_agg(concat_ws(' ', a.tiket, a.plat), ' ') FROM unnest(c.anggota) a) AS kata,
           NULL::text AS alasan, NULL::text AS pelaku, NULL::timestamptz AS pada, true AS berlaku
    FROM tanya q, intern.cari_duplikat(q.situs, q.dari, q.sampai) c, LATERAL (
        SELECT a.gerbang AS tetap_gerbang, a.id AS tetap FROM unnest(c.anggota) a
        ORDER BY (a.biaya > 0) DESC NULLS LAST, a.akhir NULLS LAST, a.waktu, a.id, a.gerbang LIMIT 1) s
), disisihkan AS (
    SELECT d.kelompok::text, min(d.kelas), '{}'::text[], NULL, max(d.tanggal), min(d.tetap_gerbang),
           (array_agg(d.tetap ORDER BY d.fakta))[1],
           array_agg(d.gerbang || ' ' || d.id ORDER BY d.id, d.gerbang)
               || array_agg(DISTINCT d.tetap_gerbang || ' ' || d.tetap),
           string_agg(concat_ws(' ', k.tiket, k.plat_nomor), ' '), min(d.alasan), min(d.pelaku), min(d.waktu),
           bool_and(intern.berlaku(d.situs, d.tetap_gerbang, d.tetap))
    FROM tanya q
    JOIN public.duplikat d ON d.situs = q.situs AND (
        (d.tanggal >= q.dari AND d.tanggal < q.sampai)
        OR (q.kelompok <> '' AND starts_with(d.kelompok::text, q.kelompok)))
    LEFT JOIN public.kunjungan k ON k.situs = d.situs AND k.id = d.kunjungan
    GROUP BY d.kelompok
), semua AS (
    SELECT s.* FROM (SELECT * FROM temu UNION ALL SELECT * FROM disisihkan) s, tanya q
    WHERE (q.kelas IS NULL OR s.kelas = q.kelas) AND starts_with(s.kelompok, q.kelompok)
      AND (q.saring = '' OR strpos(upper(s.kata), q.saring) > 0
           OR strpos(s.kata, nullif(regexp_replace(q.saring, '[^A-Z0-9]', '', 'g'), '')) > 0)
), halaman AS (
    SELECT s.* FROM semua s ORDER BY s.waktu DESC, s.kelompok LIMIT (SELECT q.batas FROM tanya q)
)
SELECT json_build_object('total', (SELECT count(*) FROM semua), 'site', (SELECT situs FROM tanya), 'groups', coalesce((
    SELECT json_agg(json_build_object(
        'group', h.kelompok, 'class', h.kelas, 'causes', h.sebab, 'at', intern.waktu_json(h.waktu),
        'kept', h.tetap, 'kept_gate', h.tetap_gerbang, 'kept_stands', h.berlaku,
        'removed', h.pelaku IS NOT NULL, 'reason', h.alasan,
        'removed_by', h.pelaku, 'removed_at', intern.waktu_json(h.pada),
        'members', (SELECT coalesce(json_agg(m.isi ORDER BY m.isi->>'at', m.isi->>'fact'), '[]') FROM (
            SELECT intern.anggota_json(q.situs, split_part(a, ' ', 1), split_part(a, ' ', 2)::uuid) AS isi
            FROM unnest(h.anggota) a, tanya q) m WHERE m.isi IS NOT NULL))
        ORDER BY h.waktu DESC, h.kelompok) FROM halaman h), '[]'))
$$;
