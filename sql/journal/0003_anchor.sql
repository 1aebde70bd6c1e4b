-- Where each epoch was cut when its oldest facts were pruned (meta: pruned_to is the last n). The chain is verified from here.
CREATE TABLE anchor (
    epoch BLOB PRIMARY KEY CHECK (length(epoch) = 16),
    seq   INTEGER NOT NULL,
    link  BLOB NOT NULL CHECK (length(link) = 32)
) STRICT, WITHOUT ROWID;
