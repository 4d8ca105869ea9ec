-- The copy that stock questions are answered from, beside products: locations, and bands in place of quantities.

CREATE TABLE location (
    location_id text PRIMARY KEY,
    version bigint NOT NULL,
    name_ja text NOT NULL,
    name_en text NOT NULL,
    kind text NOT NULL,
    prefecture text NOT NULL,
    city text NOT NULL,
    address text NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    pickup_enabled boolean NOT NULL,
    opening_hours jsonb NOT NULL,
    closed_dates jsonb NOT NULL,
    opens_on_holidays boolean NOT NULL,
    -- normalised, as people may type them
    place_names text[] NOT NULL
);

CREATE TABLE stock_band (
    sku text NOT NULL,
    location_id text NOT NULL,
    version bigint NOT NULL,
    band text NOT NULL CHECK (band IN ('none', 'few', 'available', 'plenty')),
    as_of timestamptz NOT NULL,
    -- By how many pieces more the limits lie here: drawn once, so that a change of band tells nobody how many are left.
    few_more smallint NOT NULL,
    available_more smallint NOT NULL,
    PRIMARY KEY (sku, location_id)
);

CREATE TABLE feed (
    location_id text PRIMARY KEY,
    version bigint NOT NULL,
    last_seen_at timestamptz NOT NULL
);
