-- What changed since a cursor that still counts, page by page: a terminal behind an outage's backlog asked for 50 000 stays in one answer, over the plan of
-- an empty ledger, and took the silence of 8 s for a dead line.

-- A cursor in the middle of its changes is "generation|snapshot|newer snapshot|stay": the changes since the first, behind
-- that stay; when they have all been told it becomes "generation|newer snapshot". What is committed meanwhile is told now
-- or by the next pull. A program that does not know `more` goes on at its next check.
CREATE OR REPLACE FUNCTION intern.perubahan(p_situs text, p_kursor text) RETURNS json LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_paling  CONSTANT integer := 2000;
    v_dari    pg_snapshot := intern.kursor_berlaku(p_situs, p_kursor);
    v_sampai  text;
    v_sesudah uuid := '00000000-0000-0000-0000-000000000000';
    v_id      uuid[];
    v_lagi    boolean := false;
    v_hasil   json;
BEGIN
    IF v_dari IS NOT NULL AND split_part(p_kursor, '|', 4) <> '' THEN
        BEGIN
            v_sampai := split_part(p_kursor, '|', 3)::pg_snapshot::text;
            v_sesudah := split_part(p_kursor, '|', 4)::uuid;
        EXCEPTION WHEN data_exception THEN
            v_dari := NULL;
        END;
    END IF;
    -- Rows and snapshot of one statement: what it does not see, the cursor does not claim.
    SELECT coalesce(v_sampai, pg_current_snapshot()::text), ARRAY(
        SELECT DISTINCT p.kunjungan FROM public.peristiwa p
        WHERE p.xid < pg_snapshot_xmax(pg_current_snapshot())
          AND p.xid >= pg_snapshot_xmin(v_dari) AND NOT pg_visible_in_snapshot(p.xid, v_dari)
          AND p.situs IS NOT DISTINCT FROM p_situs AND p.kunjungan > v_sesudah
          AND p.jenis IN ('entered', 'left', 'voided', 'corrected', 'duplicate')
        ORDER BY p.kunjungan LIMIT v_paling)
    INTO v_sampai, v_id;
    v_lagi := cardinality(v_id) = v_paling;
    SELECT json_build_object(
        'reset', v_dari IS NULL, 'more', v_lagi,
        'cursor', intern.generasi() || '|'
            || CASE WHEN v_lagi THEN v_dari::text || '|' || v_sampai || '|' || v_id[v_paling] ELSE v_sampai END,
        'settings_version', (SELECT l.versi_setelan FROM public.lokasi l WHERE l.situs = p_situs),
        'stays', coalesce((SELECT json_agg(intern.kunjungan_json(k) ORDER BY k.id) FROM public.kunjungan k
            WHERE k.situs = p_situs AND k.waktu_masuk IS NOT NULL AND k.id = ANY (v_id)), '[]'))
    INTO v_hasil;
    RETURN v_hasil;
END $$;
