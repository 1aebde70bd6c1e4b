-- Doors of the database it runs in. Run by a superuser; running it again changes nothing.
DO $$
DECLARE
    v_basis text := current_database();
BEGIN
    PERFORM pg_advisory_xact_lock(7304771);
    EXECUTE format('ALTER DATABASE %I OWNER TO parkir_owner', v_basis);
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', v_basis);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO parkir_gate, parkir_hub, parkir_admin, parkir_maint, '
        'parkir_report, parkir_monitor, parkir_backup', v_basis);
    ALTER SCHEMA public OWNER TO parkir_owner;
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    -- Large objects are a way to fill the disk that no gate needs.
    REVOKE EXECUTE ON FUNCTION lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea), lo_put(oid, bigint, bytea),
        lowrite(integer, bytea), lo_truncate(integer, integer), lo_truncate64(integer, bigint) FROM PUBLIC;
    IF to_regprocedure('hub.end_stuck_gates()') IS NOT NULL THEN
        ALTER FUNCTION hub.end_stuck_gates() OWNER TO parkir_watch;
    END IF;
END $$;
