-- What this terminal last heard of the world. Disposable: deleted and filled again when in doubt.
CREATE TABLE stay (
    stay       BLOB PRIMARY KEY CHECK (length(stay) = 16),
    ticket     TEXT NOT NULL,
    plate      TEXT,
    class      TEXT NOT NULL,
    entered_us INTEGER NOT NULL,
    left_us    INTEGER,                 -- NULL while inside
    inside     INTEGER NOT NULL,
    round      INTEGER NOT NULL,        -- the snapshot that last confirmed it; 0: from the hub or made here; -1: a hint
    report     TEXT NOT NULL            -- domain::stay::Stay as JSON
) STRICT, WITHOUT ROWID;
CREATE INDEX stay_ticket ON stay (ticket);
CREATE INDEX stay_plate ON stay (plate) WHERE plate IS NOT NULL;
CREATE INDEX stay_inside ON stay (class) WHERE inside = 1;
CREATE INDEX stay_entered ON stay (entered_us);
CREATE INDEX stay_left ON stay (left_us) WHERE left_us IS NOT NULL;

CREATE TABLE kept (
    k TEXT PRIMARY KEY,
    v TEXT NOT NULL
) STRICT;
