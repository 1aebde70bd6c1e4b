-- Roles of the cluster. Run by a superuser; running it again changes nothing. Nobody here is a superuser.
DO $$
DECLARE
    v_peran text;
BEGIN
    PERFORM pg_advisory_xact_lock(7304771);
    FOREACH v_peran IN ARRAY ARRAY['parkir_owner', 'parkir_gate', 'parkir_hub', 'parkir_admin', 'parkir_maint',
                                   'parkir_report', 'parkir_monitor', 'parkir_backup', 'parkir_watch'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = v_peran) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', v_peran);
        END IF;
    END LOOP;

    -- Timeouts belong to the role that logs in; a group's are not inherited.
    ALTER ROLE parkir_hub CONNECTION LIMIT 8;
    ALTER ROLE parkir_hub SET statement_timeout = '20s';
    ALTER ROLE parkir_hub SET lock_timeout = '5s';
    ALTER ROLE parkir_hub SET idle_in_transaction_session_timeout = '10s';
    ALTER ROLE parkir_admin CONNECTION LIMIT 10;
    ALTER ROLE parkir_admin SET statement_timeout = '30s';
    ALTER ROLE parkir_admin SET lock_timeout = '3s';
    ALTER ROLE parkir_admin SET idle_in_transaction_session_timeout = '60s';
    ALTER ROLE parkir_maint CONNECTION LIMIT 2;
    ALTER ROLE parkir_maint SET lock_timeout = '3s';
    ALTER ROLE parkir_report CONNECTION LIMIT 10;
    ALTER ROLE parkir_report SET statement_timeout = '60s';
    ALTER ROLE parkir_report SET default_transaction_read_only = on;
    ALTER ROLE parkir_monitor CONNECTION LIMIT 3;
    ALTER ROLE parkir_monitor SET statement_timeout = '3s';
    ALTER ROLE parkir_monitor SET default_transaction_read_only = on;
    ALTER ROLE parkir_backup CONNECTION LIMIT 4;

    -- PostgreSQL 15 lets only an owner vacuum and reindex.
    GRANT parkir_owner TO parkir_maint;
    ALTER ROLE parkir_maint SET role = 'parkir_owner';
    GRANT pg_monitor TO parkir_monitor, parkir_admin;
    -- Owns the one function that ends a gate's session, and nothing else.
    GRANT pg_signal_backend, pg_read_all_stats TO parkir_watch;
END $$;
