//! One connection to the centre: how it is made, and that every await on it ends.

use super::{CentralError, tls};
use crate::domain::secret::Secret;
use serde::de::DeserializeOwned;
use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::{Json, ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, Row, Socket};

/// tokio_postgres' own default would fall back to plain text without a word; here it is said, one or the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    Off,
    /// Encrypted, the certificate checked against this CA (or the machine's) and the host's name.
    VerifyFull {
        ca_file: Option<PathBuf>,
    },
}

/// Where the centre is and as whom to go there.
#[derive(Clone, Debug)]
pub struct Target {
    /// A name, an address, or the folder of a unix socket (begins with `/`).
    pub host: String,
    pub port: u16,
    pub database: String,
    pub tls: Tls,
    pub login: String,
    pub password: Secret,
}

/// One connection. Calls may be joined: they share it and travel together.
pub struct Central {
    pub(super) client: Client,
}

pub(super) type Params<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

impl Target {
    fn config(&self, application_name: &str) -> Config {
        let mut config = Config::new();
        config
            .host(&self.host)
            .port(self.port)
            .dbname(&self.database)
            .user(&self.login)
            .password(self.password.reveal());
        config.application_name(application_name);
        config
    }
}

/// What the network may do to us, the same for every connection of this program.
pub(super) fn harden(config: &mut Config, tls: &Tls) {
    config
        .keepalives(true)
        .keepalives_idle(Duration::from_secs(5))
        .keepalives_interval(Duration::from_secs(2))
        .keepalives_retries(3)
        .tcp_user_timeout(Duration::from_secs(8))
        .ssl_mode(match tls {
            Tls::Off => SslMode::Disable,
            Tls::VerifyFull { .. } => SslMode::Require,
        });
}

/// Ends with `Silent` when the limit is over.
pub(super) async fn within<T, E: Into<CentralError>>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, CentralError> {
    #[cfg(feature = "planted")]
    if planted!("no-timeout") {
        return work.await.map_err(Into::into);
    }
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(CentralError::Silent(limit)),
    }
}

/// Connects and drives the connection in a task; notifications ring `bell`. The task ends with the client.
pub(super) async fn open(
    mut config: Config,
    tls: &Tls,
    bell: Option<mpsc::Sender<()>>,
    limit: Duration,
) -> Result<Client, CentralError> {
    harden(&mut config, tls);
    match tls {
        Tls::Off => open_with(config, NoTls, bell, limit).await,
        Tls::VerifyFull { ca_file } => open_with(config, tls::connector(ca_file.as_deref())?, bell, limit).await,
    }
}

async fn open_with<T>(
    config: Config,
    tls: T,
    bell: Option<mpsc::Sender<()>>,
    limit: Duration,
) -> Result<Client, CentralError>
where
    T: MakeTlsConnect<Socket>,
    T::TlsConnect: Send,
    T::Stream: Send + 'static,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let (client, mut connection) = within(limit, config.connect(tls)).await?;
    tokio::spawn(async move {
        loop {
            match poll_fn(|cx| connection.poll_message(cx)).await {
                Some(Ok(AsyncMessage::Notification(_))) => {
                    // A full bell has rung already: one ring stands for all.
                    if let Some(bell) = &bell {
                        let _ = bell.try_send(());
                    }
                }
                Some(Ok(AsyncMessage::Notice(notice))) => {
                    tracing::debug!(target: "central", "{}", notice.message());
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    tracing::debug!(target: "central", "connection ended: {error}");
                    break;
                }
                None => break,
            }
        }
    });
    Ok(client)
}

impl Central {
    /// Connects; the limit covers name, TCP, TLS and login.
    pub async fn connect(target: &Target, application_name: &str, limit: Duration) -> Result<Self, CentralError> {
        let client = open(target.config(application_name), &target.tls, None, limit).await?;
        Ok(Self { client })
    }

    pub(super) async fn connect_ringing(
        target: &Target,
        application_name: &str,
        bell: mpsc::Sender<()>,
        limit: Duration,
    ) -> Result<Self, CentralError> {
        let client = open(target.config(application_name), &target.tls, Some(bell), limit).await?;
        Ok(Self { client })
    }

    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub(super) async fn rows(
        &self,
        sql: &str,
        params: Params<'_>,
        limit: Duration,
    ) -> Result<Vec<Row>, CentralError> {
        within(limit, self.client.query_typed(sql, params)).await
    }

    pub(super) async fn row(&self, sql: &str, params: Params<'_>, limit: Duration) -> Result<Row, CentralError> {
        #[cfg(feature = "planted")]
        if planted!("early-ack") {
            let params = params.iter().map(|(value, kind)| (*value, kind.clone()));
            let rows = within(limit, self.client.query_typed_raw(sql, params)).await?;
            let first = within(limit, futures_util::TryStreamExt::try_next(&mut std::pin::pin!(rows))).await?;
            return first.ok_or_else(|| CentralError::Answer("no row".into()));
        }
        within(limit, self.client.query_typed_one(sql, params)).await
    }

    /// The one JSON value a call answers with.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        sql: &str,
        params: Params<'_>,
        limit: Duration,
    ) -> Result<T, CentralError> {
        let row = self.row(sql, params, limit).await?;
        let value: Json<T> = row.try_get(0).map_err(|e| {
            CentralError::Answer(std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string))
        })?;
        Ok(value.0)
    }
}
