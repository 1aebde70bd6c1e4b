-- Duplicates: found here, decided by people. What they decide are facts of gate PUSAT, made by the program that asks
-- (ids made once, so that asking again after a cut line does nothing twice); from there on the ledger and the
-- projection treat them like any other.

-- Events that took place at most this far apart may be one.
CREATE FUNCTION intern.selang_duplikat() RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT interval '5 minutes' $$;

-- Characters that are read for one another, made one.
CREATE FUNCTION intern.plat_mirip(p text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT translate(p, 'OIBS', '0185')
$$;

-- Whether two plates of one plat_mirip differ in exactly one character.
CREATE FUNCTION intern.beda_satu(p text, q text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT count(*) = 1 FROM generate_series(1, char_length(p)) i WHERE substr(p, i, 1) <> substr(q, i, 1)
$$;

-- An entry or exit that stands. For an exit awal is when the vehicle came in, for an entry akhir when it left.
CREATE TYPE intern.kejadian AS (
    sisi text, gerbang text, id uuid, kunjungan uuid, tiket text, plat text, jenis text, waktu timestamptz,
    biaya bigint, metode text, awal timestamptz, akhir timestamptz
);

CREATE FUNCTION intern.kejadian_masuk(k public.kunjungan) RETURNS intern.kejadian LANGUAGE sql IMMUTABLE AS $$
    SELECT ROW('in', k.gerbang_masuk, k.id, k.id, k.tiket, k.plat_nomor, k.jenis, k.waktu_masuk, NULL, NULL, NULL,
               k.waktu_keluar)::intern.kejadian
$$;

CREATE FUNCTION intern.kejadian_keluar(t public.transaksi) RETURNS intern.kejadian LANGUAGE sql IMMUTABLE AS $$
    SELECT ROW('out', t.gerbang, t.id, t.kunjungan, t.tiket, t.plat_nomor, t.jenis, t.tanggal, t.biaya, t.metode,
               t.waktu_masuk, NULL)::intern.kejadian
$$;

-- Entries and exits that are probably one and the same event: group, class (1 exact, 2 strong, 3 weak), why, who.
-- The vehicle that demonstrably went out or came in between is no duplicate.
CREATE FUNCTION intern.cari_duplikat(p_situs text, p_dari timestamptz, p_sampai timestamptz)
RETURNS TABLE (kelompok uuid, kelas integer, sebab text[], sisi text, waktu timestamptz, anggota intern.kejadian[])
LANGUAGE sql STABLE AS $$
WITH keluar AS MATERIALIZED (
    SELECT t FROM public.transaksi t
    WHERE t.situs = p_situs AND t.tanggal >= p_dari AND t.tanggal < p_sampai AND NOT t.batal
), semua AS (
    SELECT intern.kejadian_keluar(t) AS x FROM keluar
    UNION          -- the exit that ends the stay of a second one, whenever that was
    SELECT intern.kejadian_keluar(u) FROM keluar, LATERAL (
        SELECT k.* FROM public.kunjungan k WHERE k.situs = p_situs AND k.id = (t).kunjungan OFFSET 0) k, LATERAL (
        SELECT u FROM public.transaksi u
        WHERE u.situs = p_situs AND u.tanggal = k.waktu_keluar AND u.gerbang = k.gerbang_keluar AND u.id = k.keluar_id
        OFFSET 0) u
    WHERE (t).ganda
    UNION ALL
    SELECT intern.kejadian_masuk(k) FROM public.kunjungan k
    WHERE k.situs = p_situs AND k.id >= intern.uuid_batas(p_dari - interval '1 day')
      AND k.id < intern.uuid_batas(p_sampai + interval '1 day')
      AND k.waktu_masuk >= p_dari AND k.waktu_masuk < p_sampai AND k.keadaan IN ('di_dalam', 'keluar')
      AND NOT k.tanda && '{masuk_belum_tiba,masuk_batal}' AND k.id IS DISTINCT FROM k.keluar_id
), e AS MATERIALIZED (
    SELECT s.x, (s.x).*, intern.plat_mirip((s.x).plat) AS mirip FROM semua s
), tetangga AS (
    SELECT e.id, e.gerbang, e.sisi, e.waktu - lag(e.waktu) OVER w AS lalu, lead(e.waktu) OVER w - e.waktu AS nanti
    FROM e WHERE e.plat <> ''
    WINDOW w AS (PARTITION BY e.sisi, e.mirip ORDER BY e.waktu)
), dekat AS MATERIALIZED (        -- few are left of many: only these are looked at closely
    SELECT e.* FROM e JOIN tetangga n ON n.id = e.id AND n.gerbang = e.gerbang AND n.sisi = e.sisi
    WHERE n.lalu <= intern.selang_duplikat() OR n.nanti <= intern.selang_duplikat()
), tiket_kembar AS MATERIALIZED (
    SELECT e.* FROM e JOIN (
        SELECT e.sisi, e.tiket FROM e WHERE e.tiket <> '' GROUP BY e.sisi, e.tiket HAVING count(*) > 1) g
    ON g.sisi = e.sisi AND g.tiket = e.tiket
), saat_kembar AS MATERIALIZED (
    SELECT e.* FROM e JOIN (
        SELECT e.sisi, e.gerbang, e.waktu FROM e GROUP BY e.sisi, e.gerbang, e.waktu HAVING count(*) > 1) g
    ON g.sisi = e.sisi AND g.gerbang = e.gerbang AND g.waktu = e.waktu
), keluar_kembar AS MATERIALIZED (
    SELECT e.* FROM e JOIN (
        SELECT e.kunjungan FROM e WHERE e.sisi = 'out' GROUP BY e.kunjungan HAVING count(*) > 1) g
    ON g.kunjungan = e.kunjungan
    WHERE e.sisi = 'out'
), lanjut AS (       -- each beside the one before it of the same key: does a new event begin here?
    SELECT 'tiket_sama' AS sebab, t.sisi, t.tiket AS kunci, t.x, t.waktu, t.id, t.gerbang,
           (t.waktu - lag(t.waktu) OVER w <= intern.selang_duplikat()) IS NOT TRUE AS mulai
    FROM tiket_kembar t WINDOW w AS (PARTITION BY t.sisi, t.tiket ORDER BY t.waktu, t.id, t.gerbang)
    UNION ALL
    SELECT 'plat_sama', d.sisi, d.plat, d.x, d.waktu, d.id, d.gerbang,
           (d.waktu - lag(d.waktu) OVER w <= intern.selang_duplikat()
            AND (d.awal < lag(d.waktu) OVER w OR d.awal IS NULL)
            AND (lag(d.akhir) OVER w > d.waktu OR lag(d.akhir) OVER w IS NULL)) IS NOT TRUE
    FROM dekat d WINDOW w AS (PARTITION BY d.sisi, d.plat ORDER BY d.waktu, d.id, d.gerbang)
    UNION ALL
    SELECT 'plat_mirip', d.sisi, d.mirip, d.x, d.waktu, d.id, d.gerbang,
           (d.waktu - lag(d.waktu) OVER w <= intern.selang_duplikat()
            AND (d.awal < lag(d.waktu) OVER w OR d.awal IS NULL)
            AND (lag(d.akhir) OVER w > d.waktu OR lag(d.akhir) OVER w IS NULL)
            AND intern.beda_satu(d.plat, lag(d.plat) OVER w)) IS NOT TRUE
    FROM dekat d WINDOW w AS (PARTITION BY d.sisi, d.mirip ORDER BY d.waktu, d.id, d.gerbang)
), pulau AS (
    SELECT l.*, count(*) FILTER (WHERE l.mulai) OVER (
        PARTITION BY l.sebab, l.sisi, l.kunci ORDER BY l.waktu, l.id, l.gerbang) AS ke
    FROM lanjut l
), dalam AS MATERIALIZED (
    SELECT v.id, v.plat_nomor AS plat FROM public.kendaraan v
    WHERE v.situs = p_situs AND v.plat_nomor <> '' AND EXISTS (
        SELECT 1 FROM public.kendaraan w WHERE w.situs = p_situs AND w.plat_nomor = v.plat_nomor AND w.id <> v.id)
), temuan AS (
    SELECT 1 AS kelas, 'isi_sama' AS sebab, array_agg(e.x ORDER BY e.id, e.gerbang) AS anggota FROM saat_kembar e
    GROUP BY e.sisi, e.gerbang, e.tiket, e.plat, e.jenis, e.waktu, e.biaya, e.metode HAVING count(*) > 1
    UNION ALL
    SELECT 2, 'dua_keluar', array_agg(e.x ORDER BY e.id, e.gerbang) FROM keluar_kembar e GROUP BY e.kunjungan
    UNION ALL
    SELECT CASE p.sebab WHEN 'plat_mirip' THEN 3 ELSE 2 END, p.sebab, array_agg(p.x ORDER BY p.id, p.gerbang)
    FROM pulau p GROUP BY p.sebab, p.sisi, p.kunci, p.ke HAVING count(*) > 1
    UNION ALL
    SELECT 3, 'dua_di_dalam', array_agg(intern.kejadian_masuk(k) ORDER BY k.id) FROM dalam d
    JOIN public.kunjungan k ON k.situs = p_situs AND k.id = d.id AND NOT k.tanda && '{masuk_belum_tiba}'
    GROUP BY d.plat HAVING count(*) > 1 AND max(k.waktu_masuk) >= p_dari AND max(k.waktu_masuk) < p_sampai
), kunci AS (
    SELECT t.kelas, t.sebab, t.anggota,
           ARRAY(SELECT a.sisi || ' ' || a.gerbang || ' ' || a.id FROM unnest(t.anggota) a) AS kunci FROM temuan t
), satu AS MATERIALIZED (
    SELECT min(k.kelas) AS kelas, array_agg(k.sebab ORDER BY k.kelas, k.sebab) AS sebab, k.kunci,
           (array_agg(k.anggota))[1:1] AS anggota
    FROM kunci k GROUP BY k.kunci
), isi AS MATERIALIZED (
    SELECT s.kelas, s.kunci, s.kunci[i] AS satu FROM satu s, generate_subscripts(s.kunci, 1) i
)
SELECT md5(p_situs || array_to_string(s.kunci, '|'))::uuid, s.kelas, s.sebab, (s.anggota[1][1]).sisi,
       (SELECT max(a.waktu) FROM unnest(s.anggota) a), s.anggota
FROM satu s
WHERE NOT EXISTS (      -- a part of a larger find that is as certain says nothing more
    SELECT 1 FROM isi i WHERE i.satu = s.kunci[1] AND i.kelas <= s.kelas AND i.kunci @> s.kunci
      AND cardinality(i.kunci) > cardinality(s.kunci))
$$;

-- One entry or exit for people who compare, with what tells how it came here. NULL for one nobody has.
CREATE FUNCTION intern.anggota_json(p_situs text, p_gerbang text, p_id uuid) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'fact', p.id, 'gate', p.gerbang, 'side', CASE p.jenis WHEN 'left' THEN 'out' ELSE 'in' END, 'stay', k.id,
        'ticket', coalesce(t.tiket, k.tiket), 'plate', coalesce(t.plat_nomor, k.plat_nomor, ''), 'class', k.jenis,
        'at', intern.waktu_json(p.waktu), 'entered_at', intern.waktu_json(k.waktu_masuk),
        'entered_gate', k.gerbang_masuk, 'operator', p.isi->>'operator', 'terminal', p.isi->>'terminal',
        'fee', t.biaya, 'method', coalesce(t.metode, ''), 'state', k.keadaan, 'void', coalesce(t.batal, false),
        'flags', coalesce(t.tanda, k.tanda), 'epoch', p.epoch, 'seq', p.seq,
        'received_at', intern.waktu_json(p.diterima),
        'removed', EXISTS (SELECT 1 FROM public.duplikat d
            WHERE d.situs = p_situs AND d.gerbang = p.gerbang AND d.id = p.id))
    FROM public.peristiwa p
    JOIN public.kunjungan k ON k.situs = p_situs AND k.id = p.kunjungan
    LEFT JOIN public.transaksi t ON p.jenis = 'left' AND t.situs = p_situs AND t.tanggal = p.waktu
        AND t.gerbang = p.gerbang AND t.id = p.id
    WHERE p.situs = p_situs AND p.id = p_id AND p.gerbang = p_gerbang AND p.jenis IN ('entered', 'left')
$$;

-- Groups of {from, to, class?, filter?, limit?, group?}: what was found and what was set aside, newest first. kept is
-- the one to keep: of exits the first that was paid, of entries the one that left, else the first.
CREATE FUNCTION ops.duplicates(p jsonb) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
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
           NULL::text AS alasan, NULL::text AS pelaku, NULL::timestamptz AS pada
    FROM tanya q, intern.cari_duplikat(q.situs, q.dari, q.sampai) c, LATERAL (
        SELECT a.gerbang AS tetap_gerbang, a.id AS tetap FROM unnest(c.anggota) a
        ORDER BY (a.biaya > 0) DESC NULLS LAST, a.akhir NULLS LAST, a.waktu, a.id, a.gerbang LIMIT 1) s
), disisihkan AS (
    SELECT d.kelompok::text, min(d.kelas), '{}'::text[], NULL, max(d.tanggal), min(d.tetap_gerbang),
           (array_agg(d.tetap ORDER BY d.fakta))[1],
           array_agg(d.gerbang || ' ' || d.id ORDER BY d.id, d.gerbang)
               || array_agg(DISTINCT d.tetap_gerbang || ' ' || d.tetap),
           string_agg(concat_ws(' ', k.tiket, k.plat_nomor), ' '), min(d.alasan), min(d.pelaku), min(d.waktu)
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
        'kept', h.tetap, 'kept_gate', h.tetap_gerbang, 'removed', h.pelaku IS NOT NULL, 'reason', h.alasan,
        'removed_by', h.pelaku, 'removed_at', intern.waktu_json(h.pada),
        'members', (SELECT coalesce(json_agg(m.isi ORDER BY m.isi->>'at', m.isi->>'fact'), '[]') FROM (
            SELECT intern.anggota_json(q.situs, split_part(a, ' ', 1), split_part(a, ' ', 2)::uuid) AS isi
            FROM unnest(h.anggota) a, tanya q) m WHERE m.isi IS NOT NULL))
        ORDER BY h.waktu DESC, h.kelompok) FROM halaman h), '[]'))
$$;

-- The facts that set a group aside and still stand: what an undo has to take back.
CREATE FUNCTION ops.duplicate_facts(p_kelompok uuid) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object('fact', r.fakta, 'stay', r.kunjungan) ORDER BY r.fakta), '[]')
    FROM intern.rangkap(intern.situs_ini(), ARRAY(
        SELECT DISTINCT d.kunjungan FROM public.duplikat d
        WHERE d.situs = intern.situs_ini() AND d.kelompok = p_kelompok)) r
    WHERE r.isi #>> '{body,group}' = p_kelompok::text
$$;

-- Facts of gate PUSAT into the books, all of them or none: {inserted, already}. A set that is there already is told so
-- and not judged again, so that whoever heard no answer may ask again.
CREATE FUNCTION intern.terima_pusat(p json[], p_jenis text, p_tindakan text) RETURNS json
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
        FOR v_tetap IN SELECT DISTINCT i #>> '{body,kept_gate}' AS gerbang, (i #>> '{body,kept}')::uuid AS id
                FROM unnest(p) i LOOP
            IF EXISTS (SELECT 1 FROM unnest(p) i WHERE i #>> '{body,target}' = v_tetap.id::text
                       AND i #>> '{body,target_gate}' = v_tetap.gerbang) THEN
                RAISE invalid_parameter_value USING MESSAGE = 'satu dari kelompok ini harus tetap berlaku';
            END IF;
            IF NOT EXISTS (
                SELECT 1 FROM public.peristiwa q JOIN public.kunjungan k ON k.situs = v_situs AND k.id = q.kunjungan
                WHERE q.situs = v_situs AND q.id = v_tetap.id AND q.gerbang = v_tetap.gerbang
                  AND CASE q.jenis WHEN 'left' THEN q.gerbang || ' ' || q.id <> ALL (k.dibatalkan)
                      WHEN 'entered' THEN k.keadaan IN ('di_dalam', 'keluar') AND NOT k.tanda && '{masuk_batal}'
                      ELSE false END) THEN
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

-- Sets aside what facts of kind duplicate name.
CREATE FUNCTION ops.duplicates_remove(p json[]) RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    RETURN intern.terima_pusat(p, 'duplicate', 'duplikat_hapus');
END $$;

-- Takes that back, by facts of kind voided.
CREATE FUNCTION ops.duplicates_undo(p json[]) RETURNS json LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_mergejoin = off SET jit = off AS $$
BEGIN
    RETURN intern.terima_pusat(p, 'voided', 'duplikat_urungkan');
END $$;

GRANT EXECUTE ON FUNCTION ops.duplicates(jsonb), ops.duplicate_facts(uuid), ops.duplicates_remove(json[]),
    ops.duplicates_undo(json[]) TO parkir_admin;
