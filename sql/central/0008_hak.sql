-- Who may do what. A gate may EXECUTE on api and nothing else.

GRANT USAGE ON SCHEMA api TO parkir_gate, parkir_hub, parkir_admin;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA api TO parkir_gate;
GRANT EXECUTE ON FUNCTION api.hello(jsonb), api.settings(), api.pull(text), api.snapshot(uuid),
    api.photo_get(uuid, text) TO parkir_hub, parkir_admin;

GRANT USAGE ON SCHEMA hub TO parkir_hub;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA hub TO parkir_hub;

GRANT USAGE ON SCHEMA ops TO parkir_admin;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ops TO parkir_admin;

GRANT USAGE ON SCHEMA public TO parkir_admin, parkir_report, parkir_backup;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO parkir_admin, parkir_report, parkir_backup;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO parkir_admin, parkir_report, parkir_backup;
REVOKE SELECT ON public.pengguna, public.gerbang, public.konfigurasi FROM parkir_report;
GRANT USAGE ON SCHEMA intern, api, hub, ops TO parkir_backup;
