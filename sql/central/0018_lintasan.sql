-- Openings and passages of the lanes, for those who look after the site. They lie in the ledger like any fact; what they
-- were matched to stands in their bodies.

-- Facts of {from, to, gate?} of the lanes' kinds, oldest first, at most the newest 20 000.
CREATE FUNCTION ops.lane_facts(p jsonb) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
WITH tanya AS MATERIALIZED (
    SELECT intern.situs_ini() AS situs, (p->>'from')::timestamptz AS dari, (p->>'to')::timestamptz AS sampai,
           p->>'gate' AS gerbang
), fakta AS (
    SELECT f.id, f.gerbang, f.waktu, f.jenis, f.isi, q.situs
    FROM tanya q
    JOIN public.peristiwa f ON f.situs = q.situs
        AND f.id >= intern.uuid_batas(q.dari - interval '1 day') AND f.id < intern.uuid_batas(q.sampai + interval '1 day')
    WHERE f.jenis IN ('barrier_opened', 'pulsed', 'passed') AND f.waktu >= q.dari AND f.waktu < q.sampai
      AND (q.gerbang IS NULL OR f.gerbang = q.gerbang)
    ORDER BY f.waktu DESC, f.id DESC LIMIT 20000
)
SELECT coalesce(json_agg(json_build_object(
    'id', f.id, 'gate', f.gerbang, 'at', f.isi->>'at', 'operator', f.isi->>'operator', 'shift', f.isi->>'shift',
    'kind', f.jenis, 'body', f.isi->'body', 'ticket', k.tiket) ORDER BY f.waktu, f.id), '[]')
FROM fakta f
LEFT JOIN public.kunjungan k ON k.situs = f.situs AND k.id = CASE
    WHEN f.isi #>> '{body,stay}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN (f.isi #>> '{body,stay}')::uuid END
$$;

GRANT EXECUTE ON FUNCTION ops.lane_facts(jsonb) TO parkir_admin;
