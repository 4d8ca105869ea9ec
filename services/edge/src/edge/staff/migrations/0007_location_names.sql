-- What locations are called, as headquarters tell it.
CREATE TABLE location_name (
    location_id text PRIMARY KEY,
    version bigint NOT NULL,
    name_ja text NOT NULL,
    name_en text NOT NULL
);
