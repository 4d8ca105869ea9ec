CREATE TABLE visitor (
    visitor_id text PRIMARY KEY,
    visits integer NOT NULL DEFAULT 0
);

-- One row per message: a message that is handled twice breaks the key, one that is passed over leaves a gap.
CREATE TABLE visit (
    visitor_id text NOT NULL REFERENCES visitor,
    number integer NOT NULL,
    activity_id text NOT NULL UNIQUE,
    PRIMARY KEY (visitor_id, number)
);
