-- What an entry was flagged with (a paper ticket's number twice, a payment nobody matched) is told with the flags of its stay. It
-- is read from the entry's fact when somebody looks: the projection of millions pays nothing for it.
CREATE FUNCTION intern.tanda_masuk(p_situs text, p_gerbang text, p_id uuid) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT CASE WHEN q.isi #> '{body,paper}' IS NULL THEN '{}' ELSE '{paper}'::text[] END
               || ARRAY(SELECT left(f, 200) FROM (
                    SELECT json_array_elements_text(q.isi #> '{body,paper,flags}') AS f
                    WHERE json_typeof(q.isi #> '{body,paper,flags}') = 'array'
                    UNION ALL
                    SELECT json_array_elements_text(q.isi #> '{body,prepaid,flags}')
                    WHERE json_typeof(q.isi #> '{body,prepaid,flags}') = 'array') x LIMIT 16)
        FROM public.peristiwa q
        WHERE q.situs = p_situs AND q.gerbang = p_gerbang AND q.id = p_id AND q.jenis = 'entered'
          AND (q.isi::text LIKE '%"paper"%' OR q.isi::text LIKE '%"flags"%')), '{}')
$$;

-- As before (0007), with those.
CREATE OR REPLACE FUNCTION ops.stays(p_saring text) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'stay', t.id, 'ticket', t.tiket, 'plate', coalesce(t.plat_nomor, ''), 'class', t.jenis,
        'entered_at', intern.waktu_json(t.waktu_masuk), 'entered_gate', t.gerbang_masuk,
        'left_at', intern.waktu_json(t.waktu_keluar), 'left_gate', coalesce(t.gerbang_keluar, ''),
        'operator', coalesce(nullif(t.operator_keluar, ''), t.operator), 'fee', t.biaya,
        'method', coalesce(t.metode, ''), 'state', t.keadaan,
        'flags', intern.tanda_masuk(t.situs, t.gerbang_masuk, t.id) || t.tanda) ORDER BY t.id DESC), '[]')
    FROM (SELECT k.* FROM public.kunjungan k
          WHERE k.situs = intern.situs_ini() AND k.keadaan <> 'menunggu'
            AND (coalesce(p_saring, '') = ''
                 OR strpos(k.tiket, upper(trim(p_saring))) > 0
                 OR strpos(k.plat_nomor, nullif(regexp_replace(upper(p_saring), '[^A-Z0-9]', '', 'g'), '')) > 0)
          ORDER BY k.id DESC LIMIT 500) t
$$;
