//! Gates in the books: their logins, keys and tokens; made and revoked by a superuser.

use super::CentralError;
use super::setup::{GateRecord, Superuser, ident};
use crate::domain::ids::GateId;
use crate::domain::qr::SiteKey;
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};

/// What a gate is given when it is enrolled.
pub struct NewGate<'a> {
    pub gate: &'a GateId,
    /// `in`, `out` or `both`.
    pub kind: &'a str,
    /// SCRAM verifier of its password.
    pub verifier: &'a str,
    /// Lower-case hex SHA-256 of its token.
    pub token_sha256: &'a str,
    /// Base-64.
    pub public_key: &'a str,
}

type Params<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

impl Superuser {
    pub async fn gates(&self, site: &str) -> Result<Vec<GateRecord>, CentralError> {
        let sql = "SELECT g.kode, g.jenis, g.login, g.aktif, g.sidik_token, coalesce((SELECT k.kunci \
                   FROM public.kunci_gerbang k WHERE k.situs = g.situs AND k.gerbang = g.kode \
                   ORDER BY k.dibuat DESC LIMIT 1), '') FROM public.gerbang g WHERE g.situs = $1 ORDER BY g.kode";
        let rows = self.rows(sql, &[(&site, Type::TEXT)]).await?;
        rows.iter()
            .map(|row| {
                Ok(GateRecord {
                    code: row.try_get(0)?,
                    kind: row.try_get(1)?,
                    login: row.try_get(2)?,
                    active: row.try_get(3)?,
                    token_sha256: row.try_get(4)?,
                    key: row.try_get(5)?,
                })
            })
            .collect()
    }

    /// All public keys of the site, revoked ones too.
    pub async fn site_keys(&self, site: &str) -> Result<Vec<SiteKey>, CentralError> {
        let sql = "SELECT gerbang, kunci, (extract(epoch FROM dicabut_pada) * 1000000)::bigint \
                   FROM public.kunci_gerbang WHERE situs = $1 ORDER BY gerbang, dibuat, kunci";
        let mut keys = Vec::new();
        for row in self.rows(sql, &[(&site, Type::TEXT)]).await? {
            let gate: &str = row.try_get(0)?;
            let revoked: Option<i64> = row.try_get(2)?;
            keys.push(SiteKey {
                gate: GateId::parse(gate).map_err(|e| CentralError::Answer(e.to_string()))?,
                key: row.try_get(1)?,
                revoked_at: revoked.and_then(|us| Timestamp::from_microsecond(us).ok()),
            });
        }
        Ok(keys)
    }

    /// Makes a gate, or gives a known one new secrets; its earlier public keys stay.
    pub async fn enrol_gate(&self, site: &str, gate: &NewGate<'_>) -> Result<(), CentralError> {
        let login = gate.gate.login();
        let known = self.rows("SELECT 1 FROM pg_roles WHERE rolname = $1", &[(&login, Type::TEXT)]).await?;
        let role = ident(&login);
        let verb = if known.is_empty() { "CREATE" } else { "ALTER" };
        self.run(&format!(
            "{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT 6 PASSWORD '{}';\
             GRANT parkir_gate TO {role};\
             ALTER ROLE {role} SET statement_timeout = '15s';\
             ALTER ROLE {role} SET lock_timeout = '5s';\
             ALTER ROLE {role} SET idle_in_transaction_session_timeout = '10s';",
            gate.verifier.replace('\'', "''")
        ))
        .await?;
        let code = gate.gate.as_str();
        let params: Params<'_> = &[
            (&site, Type::TEXT),
            (&code, Type::TEXT),
            (&gate.kind, Type::TEXT),
            (&login, Type::TEXT),
            (&gate.token_sha256, Type::TEXT),
            (&gate.public_key, Type::TEXT),
        ];
        let sql = "WITH g AS (INSERT INTO public.gerbang (situs, kode, jenis, login, sidik_token) \
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT (situs, kode) DO UPDATE SET jenis = excluded.jenis, \
                   sidik_token = excluded.sidik_token, aktif = true, dicabut_pada = NULL), \
                   a AS (INSERT INTO public.audit (situs, tindakan, rincian) \
                   VALUES ($1, 'gerbang_daftar', jsonb_build_object('gerbang', $2, 'kunci', $6))) \
                   INSERT INTO public.kunci_gerbang (situs, gerbang, kunci) VALUES ($1, $2, $6) ON CONFLICT DO NOTHING";
        self.rows(sql, params).await.map(|_| ())
    }

    /// One more key of a gate that is there; the others stay.
    pub async fn add_gate_key(&self, site: &str, gate: &GateId, public_key: &str) -> Result<(), CentralError> {
        let code = gate.as_str();
        let params: Params<'_> = &[(&site, Type::TEXT), (&code, Type::TEXT), (&public_key, Type::TEXT)];
        let sql = "WITH a AS (INSERT INTO public.audit (situs, tindakan, rincian) \
                   VALUES ($1, 'kunci_baru', jsonb_build_object('gerbang', $2, 'kunci', $3))) \
                   INSERT INTO public.kunci_gerbang (situs, gerbang, kunci) VALUES ($1, $2, $3)";
        self.rows(sql, params).await.map(|_| ())
    }

    /// Tickets that entered from `since` on are no longer taken by this key; gives the moment that holds, the earlier of
    /// this and an earlier revocation.
    pub async fn revoke_gate_key(
        &self,
        site: &str,
        gate: &GateId,
        public_key: &str,
        since: Timestamp,
    ) -> Result<Timestamp, CentralError> {
        let (code, since) = (gate.as_str(), since.to_string());
        let params: Params<'_> =
            &[(&site, Type::TEXT), (&code, Type::TEXT), (&public_key, Type::TEXT), (&since, Type::TEXT)];
        let sql = "WITH a AS (INSERT INTO public.audit (situs, tindakan, rincian) \
                   VALUES ($1, 'kunci_cabut', jsonb_build_object('gerbang', $2, 'kunci', $3, 'sejak', $4))) \
                   UPDATE public.kunci_gerbang SET dicabut_pada = least(dicabut_pada, $4::timestamptz) \
                   WHERE situs = $1 AND gerbang = $2 AND kunci = $3 \
                   RETURNING (extract(epoch FROM dicabut_pada) * 1000000)::bigint";
        let us: i64 = self.row(sql, params).await?.try_get(0)?;
        Timestamp::from_microsecond(us).map_err(|e| CentralError::Answer(e.to_string()))
    }

    /// Changes what a gate may do, without new secrets.
    pub async fn set_gate_kind(&self, site: &str, gate: &GateId, kind: &str) -> Result<(), CentralError> {
        let code = gate.as_str();
        let params: Params<'_> = &[(&site, Type::TEXT), (&code, Type::TEXT), (&kind, Type::TEXT)];
        let sql = "UPDATE public.gerbang SET jenis = $3 WHERE situs = $1 AND kode = $2 AND jenis <> $3";
        self.rows(sql, params).await.map(|_| ())
    }

    /// Shuts a gate out: no login, its sessions ended, its keys void for tickets from now on. `false` if nobody
    /// knows it.
    pub async fn revoke_gate(&self, site: &str, gate: &GateId) -> Result<bool, CentralError> {
        let code = gate.as_str();
        let login = gate.login();
        let params: Params<'_> = &[(&site, Type::TEXT), (&code, Type::TEXT)];
        let sql = "WITH a AS (INSERT INTO public.audit (situs, tindakan, rincian) \
                   VALUES ($1, 'gerbang_cabut', jsonb_build_object('gerbang', $2))), \
                   k AS (UPDATE public.kunci_gerbang SET dicabut_pada = now() \
                   WHERE situs = $1 AND gerbang = $2 AND dicabut_pada IS NULL) \
                   UPDATE public.gerbang SET aktif = false, dicabut_pada = coalesce(dicabut_pada, now()) \
                   WHERE situs = $1 AND kode = $2 RETURNING 1";
        if self.rows(sql, params).await?.is_empty() {
            return Ok(false);
        }
        self.run(&format!("ALTER ROLE {} NOLOGIN", ident(&login))).await?;
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1";
        self.rows(sql, &[(&login, Type::TEXT)]).await?;
        Ok(true)
    }
}
