-- What went to the archive is not compared: whether the ledger still has it says nothing, and sent again it would be
-- turned away as too old.

-- The smallest id the ledger still takes at the caller's site; NULL while nothing was archived.
CREATE FUNCTION api.archive() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_gerbang public.gerbang := intern.gerbang_ini();
BEGIN
    RETURN (SELECT intern.uuid_batas(l.arsip_sebelum) FROM public.lokasi l WHERE l.situs = v_gerbang.situs);
END $$;
GRANT EXECUTE ON FUNCTION api.archive() TO parkir_gate;

-- As before; a range may name the smallest id it counts, here and there: {epoch, from, to, count, digest, least?}.
CREATE OR REPLACE FUNCTION api.ranges(p jsonb) RETURNS integer[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_gerbang public.gerbang := intern.gerbang_ini();
BEGIN
    RETURN ARRAY(
        SELECT (r.urut - 1)::integer
        FROM ROWS FROM (jsonb_to_recordset(p) AS (epoch uuid, "from" bigint, "to" bigint, count bigint, digest text,
                                             least uuid))
            WITH ORDINALITY AS r(epoch, dari, sampai, banyak, sidik, sejak, urut),
        LATERAL (SELECT count(*) AS banyak, sha256(convert_to(E'parkir-ranges-v1\n', 'UTF8')
                     || coalesce(string_agg(q.hash, '' ORDER BY q.seq, q.hash), '')) AS sidik
                 FROM public.peristiwa q
                 WHERE q.epoch = r.epoch AND q.seq BETWEEN r.dari AND r.sampai AND (q.id >= r.sejak) IS NOT FALSE
                   AND q.situs IS NOT DISTINCT FROM v_gerbang.situs
                   AND q.gerbang IS NOT DISTINCT FROM v_gerbang.kode OFFSET 0) ada
        WHERE ada.banyak <> r.banyak OR encode(ada.sidik, 'hex') <> r.sidik
        ORDER BY r.urut);
END $$;
