-- The site's members as last heard; laid out at every opening, and disposable like all of the replica.
CREATE TABLE IF NOT EXISTS member (
    card   TEXT PRIMARY KEY,
    round  INTEGER NOT NULL,                -- the full walk that last confirmed it
    report TEXT NOT NULL                    -- domain::member::Member as JSON
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS member_plate (
    plate TEXT NOT NULL,
    card  TEXT NOT NULL,
    PRIMARY KEY (plate, card)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_plate_card ON member_plate (card);
