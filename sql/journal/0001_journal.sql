-- The journal of one terminal: what happened here, in the order of recording, never changed afterwards.
CREATE TABLE meta (
    k TEXT PRIMARY KEY,
    v TEXT NOT NULL
) STRICT;

CREATE TABLE fact (
    n        INTEGER PRIMARY KEY AUTOINCREMENT,          -- order of recording, over all epochs
    epoch    BLOB NOT NULL CHECK (length(epoch) = 16),
    seq      INTEGER NOT NULL CHECK (seq > 0),           -- dense within an epoch
    id       BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    kind     TEXT NOT NULL,
    stay     BLOB CHECK (stay IS NULL OR length(stay) = 16),
    counter  INTEGER,                                    -- of the ticket number, where one was issued
    own      INTEGER NOT NULL CHECK (own IN (0, 1)),     -- 0: adopted from a spool file
    link     BLOB NOT NULL CHECK (length(link) = 32),    -- what the next fact's prev must be
    envelope TEXT NOT NULL,                              -- domain::fact::Sealed as JSON
    UNIQUE (epoch, seq)
) STRICT;

-- A fact that is not here is in PostgreSQL.
CREATE TABLE outbox (
    n        INTEGER PRIMARY KEY REFERENCES fact (n),
    state    INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 3)),  -- 0 pending, 1 deferred, 3 parked
    outage   INTEGER NOT NULL DEFAULT 0,                 -- recorded while the link was down
    money    INTEGER NOT NULL DEFAULT 0,                 -- 1 entered, 2 left: what the operator is asked about
    attempts INTEGER NOT NULL DEFAULT 0,
    code     TEXT,
    reason   TEXT
) STRICT;

CREATE TRIGGER fact_is_immutable BEFORE UPDATE ON fact
BEGIN
    SELECT RAISE(ABORT, 'a fact is never changed');
END;

CREATE TRIGGER fact_stays BEFORE DELETE ON fact
WHEN OLD.n > coalesce((SELECT CAST(v AS INTEGER) FROM meta WHERE k = 'pruned_to'), 0)
BEGIN
    SELECT RAISE(ABORT, 'a fact is never deleted');
END;
