-- Copies of what headquarters and pickup publish; the highest version stands. A deleted row keeps its key.
CREATE TABLE location (
    location_id text PRIMARY KEY,
    version bigint NOT NULL,
    kind text NOT NULL,
    prefecture text NOT NULL,
    latitude float8 NOT NULL,
    longitude float8 NOT NULL,
    pickup_enabled boolean NOT NULL,
    -- Monday to Sunday, minutes after midnight in Japan; -1 where it is closed. Empty: no hours are known.
    opens smallint[] NOT NULL,
    closes smallint[] NOT NULL
);

CREATE TABLE lane (
    to_location_id text NOT NULL,
    from_location_id text NOT NULL,
    version bigint NOT NULL,
    -- Weekdays on which it leaves, Monday is 0.
    days smallint[] NOT NULL,
    cut_off_minutes smallint NOT NULL,
    transit_days integer NOT NULL,
    PRIMARY KEY (to_location_id, from_location_id)
);

CREATE TABLE product (
    sku text PRIMARY KEY,
    version bigint NOT NULL,
    -- What a piece is worth to whom counts: the price with tax, as the catalogue says.
    price_jpy bigint NOT NULL
);

CREATE TABLE capacity (
    location_id text PRIMARY KEY,
    version bigint NOT NULL,
    is_open boolean NOT NULL,
    minutes_left_today float8 NOT NULL,
    minutes_left_this_hour float8 NOT NULL,
    as_of timestamptz NOT NULL
);

-- What a location has of a SKU.
-- Free space in the pages lets an update stay in its page and leave the index alone.
CREATE TABLE stock (
    location_id text NOT NULL,
    sku text NOT NULL,
    on_hand integer NOT NULL DEFAULT 0,
    staged integer NOT NULL DEFAULT 0 CHECK (staged >= 0),
    reserved integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    held integer NOT NULL DEFAULT 0 CHECK (held >= 0),
    safety integer NOT NULL DEFAULT 0 CHECK (safety >= 0),
    unsellable integer NOT NULL DEFAULT 0 CHECK (unsellable >= 0),
    withheld integer NOT NULL DEFAULT 0 CHECK (withheld >= 0),
    in_transit integer NOT NULL DEFAULT 0 CHECK (in_transit >= 0),
    -- Stock.available of domain/stock.py, for looking at many rows; a test holds the two together.
    available integer NOT NULL
        GENERATED ALWAYS AS (on_hand - staged - reserved - held - safety - unsellable - withheld) STORED,
    version bigint NOT NULL DEFAULT 0,
    safety_set_at timestamptz,
    -- The latest count that was applied; it decides what late facts still change.
    count_id text,
    counted_at timestamptz,
    PRIMARY KEY (location_id, sku)
) PARTITION BY HASH (location_id);
CREATE TABLE stock_0 PARTITION OF stock FOR VALUES WITH (MODULUS 4, REMAINDER 0) WITH (fillfactor = 70);
CREATE TABLE stock_1 PARTITION OF stock FOR VALUES WITH (MODULUS 4, REMAINDER 1) WITH (fillfactor = 70);
CREATE TABLE stock_2 PARTITION OF stock FOR VALUES WITH (MODULUS 4, REMAINDER 2) WITH (fillfactor = 70);
CREATE TABLE stock_3 PARTITION OF stock FOR VALUES WITH (MODULUS 4, REMAINDER 3) WITH (fillfactor = 70);

-- The ledger: every change of on_hand and of staged is one row. quantity sums to on_hand, staged to staged.
CREATE TABLE movement (
    movement_id bigint GENERATED ALWAYS AS IDENTITY,
    location_id text NOT NULL,
    sku text NOT NULL,
    type text NOT NULL,
    quantity integer NOT NULL,
    staged integer NOT NULL,
    -- The receipt, delivery, count, pick … that it books, and the message that brought it.
    document_id text NOT NULL,
    order_id text,
    message_id text NOT NULL,
    register_id text,
    business_date date,
    receipt_number bigint,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    -- Why a person should look at it: unknown_sku, unknown_location, future.
    mark text,
    PRIMARY KEY (location_id, sku, recorded_at, movement_id),
    CHECK (quantity <> 0 OR staged <> 0)
) PARTITION BY RANGE (recorded_at);
-- Catches what no month is made for, so that a forgotten month never stops the books.
CREATE TABLE movement_other PARTITION OF movement DEFAULT;

-- Makes the ledger's partitions for this month and the `ahead` ones after it, where they are missing.
CREATE FUNCTION make_movement_months(ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    first_day date;
    made integer := 0;
BEGIN
    FOR months IN 0..ahead LOOP
        first_day := (date_trunc('month', now() AT TIME ZONE 'UTC') + months * interval '1 month')::date;
        IF to_regclass(format('movement_%s', to_char(first_day, 'YYYY_MM'))) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE movement_%s PARTITION OF movement FOR VALUES FROM (%L) TO (%L)',
                to_char(first_day, 'YYYY_MM'),
                first_day::text || ' 00:00:00+00',
                (first_day + interval '1 month')::date::text || ' 00:00:00+00'
            );
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;
SELECT make_movement_months(2);

-- An order as far as stock is concerned. wanted: its open lines, each
-- [line_id, sku, quantity, given_up, location_id, prefecture].
CREATE TABLE orders (
    order_id text PRIMARY KEY,
    state text NOT NULL DEFAULT 'unknown' CHECK (state IN ('unknown', 'open', 'closed')),
    version bigint NOT NULL DEFAULT 0,
    allocation_version bigint NOT NULL DEFAULT 0,
    allow_partial boolean NOT NULL DEFAULT false,
    hold_id text,
    ready_by timestamptz,
    wanted jsonb NOT NULL DEFAULT '[]'
) WITH (fillfactor = 50);

-- Where the goods of an allocation are: an allocation is one row until part of it moves on.
-- place_id: where they are, or (on their way) where they go. decided_no: the order of the promises.
CREATE TABLE allocation (
    order_id text NOT NULL,
    allocation_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('reserved', 'staged', 'in_transit', 'issued', 'loose', 'free_transit')),
    place_id text NOT NULL,
    line_id text NOT NULL,
    sku text NOT NULL,
    location_id text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    decided_no bigint GENERATED BY DEFAULT AS IDENTITY,
    PRIMARY KEY (order_id, allocation_id, state, place_id)
);
CREATE INDEX allocation_reserved ON allocation (place_id, sku) WHERE state = 'reserved';

-- Carts' holds. lines: [sku, quantity] each.
CREATE TABLE hold (
    hold_id text PRIMARY KEY,
    state text NOT NULL DEFAULT 'unknown' CHECK (state IN ('unknown', 'held', 'expired', 'released', 'consumed')),
    version bigint NOT NULL DEFAULT 0,
    location_id text,
    channel text,
    held_until timestamptz,
    lines jsonb NOT NULL DEFAULT '[]'
);

-- Counts. receipts_seen: [register_id, business_date, receipt_number] each; lines: [sku, counted] each.
CREATE TABLE stock_count (
    count_id text PRIMARY KEY,
    state text NOT NULL DEFAULT 'unknown' CHECK (state IN ('unknown', 'applied', 'awaiting_approval', 'refused')),
    version bigint NOT NULL DEFAULT 0,
    location_id text,
    scope text,
    counted_at timestamptz,
    receipts_seen jsonb NOT NULL DEFAULT '[]',
    lines jsonb NOT NULL DEFAULT '[]'
);

-- Lines of transfers. staged: picked for it and not yet shipped, of transfers without an order. What is on its way
-- is shipped - received - lost; below zero where goods arrived before anybody said that they had left.
CREATE TABLE transfer_line (
    transfer_id text NOT NULL,
    line_id text NOT NULL,
    sku text NOT NULL,
    -- Where it is planned to go, once it has left.
    to_location_id text,
    staged integer NOT NULL DEFAULT 0 CHECK (staged >= 0),
    shipped integer NOT NULL DEFAULT 0,
    received integer NOT NULL DEFAULT 0,
    lost integer NOT NULL DEFAULT 0,
    PRIMARY KEY (transfer_id, line_id, sku)
);

-- Goods that are more, fewer or others than was asked. inspect: [sku, quantity] each, set apart until it is settled.
CREATE TABLE discrepancy (
    discrepancy_id text PRIMARY KEY,
    state text NOT NULL DEFAULT 'unknown' CHECK (state IN ('unknown', 'open', 'settled')),
    location_id text,
    inspect jsonb NOT NULL DEFAULT '[]'
);

-- Tasks as they were last published. body: the Task without its version and state.
CREATE TABLE task (
    task_id text PRIMARY KEY,
    version bigint NOT NULL,
    is_open boolean NOT NULL,
    kind text NOT NULL,
    location_id text,
    sku text,
    body jsonb NOT NULL
);
CREATE INDEX task_open ON task (kind, sku, location_id) WHERE is_open;
CREATE INDEX task_open_at ON task (location_id, kind) WHERE is_open;

-- How far a location's stock was looked through on a day for what to count next; worst: [score, sku, why] each, the
-- most urgent found so far.
CREATE TABLE count_round (
    location_id text PRIMARY KEY,
    day date NOT NULL,
    after_sku text NOT NULL DEFAULT '',
    worst jsonb NOT NULL DEFAULT '[]',
    is_done boolean NOT NULL DEFAULT false
);

-- When a location was last heard of, as last published.
CREATE TABLE feed (
    location_id text PRIMARY KEY,
    version bigint NOT NULL,
    last_seen_at timestamptz NOT NULL,
    published_at timestamptz NOT NULL
);
