//! PostgreSQL: the only room that knows tokio_postgres.
