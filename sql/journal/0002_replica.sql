-- Tickets of other gates that nothing proves printed, as those gates tell through the hub. A hint: it costs a look.
CREATE TABLE paper (
    stay    BLOB PRIMARY KEY CHECK (length(stay) = 16),
    gate    TEXT NOT NULL,                   -- who says so: believed of its own entries only
    outcome TEXT NOT NULL                    -- as in a `printed` fact
) STRICT, WITHOUT ROWID;
