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
    closes smallint[] NOT NULL,
    -- Days on which it stays closed whatever its hours say.
    closed_on date[] NOT NULL DEFAULT '{}',
    -- Whether it opens on public holidays.
    opens_on_holidays boolean NOT NULL DEFAULT true
);

CREATE TABLE lane (
    to_location_id text NOT NULL,
    from_location_id text NOT NULL,
    version bigint NOT NULL,
    -- Weekdays on which it leaves, Monday is 0.
    days smallint[] NOT NULL,
    cut_off_minutes smallint NOT NULL,
    transit_days integer NOT NULL,
    -- Whether it leaves on public holidays.
    runs_on_holidays boolean NOT NULL DEFAULT true,
    PRIMARY KEY (to_location_id, from_location_id)
);

CREATE TABLE product (
    sku text PRIMARY KEY,
    version bigint NOT NULL,
    category text NOT NULL,
    -- What a piece is worth to whom counts: the price with tax, as the catalogue says.
    price_jpy bigint NOT NULL
);
-- The SKUs of a category in their order, a page at a time.
CREATE INDEX product_category ON product (category, sku);

CREATE TABLE capacity (
    location_id text PRIMARY KEY,
    version bigint NOT NULL,
    is_open boolean NOT NULL,
    minutes_left_today float8 NOT NULL,
    as_of timestamptz NOT NULL,
    -- Minutes left in the slots to come, by the end of each; none where nothing is known of them.
    ahead_until timestamptz[] NOT NULL,
    ahead_minutes float8[] NOT NULL
);

-- What a location has of a SKU. on_hand and staged are written by the ledger's trigger, nobody else (see movement).
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
    announced integer NOT NULL DEFAULT 0 CHECK (announced >= 0),
    planned integer NOT NULL DEFAULT 0 CHECK (planned >= 0),
    -- Stock.available of domain/stock.py, for looking at many rows; a test holds the two together.
    available integer NOT NULL
        GENERATED ALWAYS AS (on_hand - staged - reserved - held - safety - unsellable - withheld) STORED,
    version bigint NOT NULL DEFAULT 0,
    -- When its own safety stock was set; NULL: it follows its category's default.
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

-- Where there is some of a SKU, for its category's default safety stock to be carried there. Only new rows write to it.
CREATE INDEX stock_sku ON stock (sku);

-- The safety stock of a category's SKUs that have none of their own; location_id is '' for all locations, quantity
-- NULL where there is no default any more.
CREATE TABLE safety_default (
    category text NOT NULL,
    location_id text NOT NULL,
    quantity integer CHECK (quantity >= 0),
    set_at timestamptz,
    PRIMARY KEY (category, location_id)
);

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
    -- Why a person should look at it: unknown_sku, unknown_location, future, long_ago.
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

-- on_hand and staged are what the movements add up to: the database does that sum, in the statement that adds the
-- movements, and refuses every other way to change either (docs/decisions/0012).
CREATE FUNCTION book_movements() RETURNS trigger LANGUAGE plpgsql
    -- Each row of stock is found by its key, however small the table was when the plan was made.
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
AS $$
DECLARE
    missing bigint;
BEGIN
    WITH moved AS MATERIALIZED (
        SELECT location_id, sku, sum(quantity)::integer AS quantity, sum(staged)::integer AS staged
        FROM added GROUP BY location_id, sku
    ), booked AS (
        UPDATE stock AS s
        SET on_hand = s.on_hand + m.quantity, staged = s.staged + m.staged, version = s.version + 1
        FROM moved AS m WHERE s.location_id = m.location_id AND s.sku = m.sku
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM moved) - (SELECT count(*) FROM booked) INTO missing;
    IF missing <> 0 THEN
        RAISE EXCEPTION 'movements of % rows of stock that are not there', missing USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER movements_are_booked AFTER INSERT ON movement REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION book_movements();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0]
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Correct stock with AdjustStock, never in the tables.';
END $$;
-- A trigger's own statement runs one level deeper than anybody else's.
CREATE TRIGGER stock_changes_by_movements BEFORE UPDATE OF location_id, sku, on_hand, staged ON stock FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND (NEW.location_id, NEW.sku, NEW.on_hand, NEW.staged)
                                     IS DISTINCT FROM (OLD.location_id, OLD.sku, OLD.on_hand, OLD.staged))
    EXECUTE FUNCTION refuse_change('on_hand and staged are the sum of the movements: add a movement');
CREATE TRIGGER stock_begins_empty BEFORE INSERT ON stock FOR EACH ROW
    WHEN (NEW.on_hand <> 0 OR NEW.staged <> 0)
    EXECUTE FUNCTION refuse_change('a row of stock begins empty: add a movement');
CREATE TRIGGER stock_stays BEFORE DELETE ON stock FOR EACH ROW
    WHEN (OLD.on_hand <> 0 OR OLD.staged <> 0)
    EXECUTE FUNCTION refuse_change('a row of stock that has goods stays: its movements add up to it');
CREATE TRIGGER movements_stay BEFORE UPDATE OR DELETE ON movement FOR EACH ROW
    EXECUTE FUNCTION refuse_change('the ledger is only added to: add the movement that corrects it');

-- An order as far as stock is concerned. wanted: its open lines, each
-- [line_id, sku, quantity, given_up, location_id, prefecture].
CREATE TABLE orders (
    order_id text PRIMARY KEY,
    state text NOT NULL DEFAULT 'unknown' CHECK (state IN ('unknown', 'open', 'closed')),
    version bigint NOT NULL DEFAULT 0,
    allocation_version bigint NOT NULL DEFAULT 0,
    allow_partial boolean NOT NULL DEFAULT false,
    is_prepaid boolean NOT NULL DEFAULT false,
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
CREATE INDEX allocation_kept ON allocation (place_id, sku) WHERE state IN ('reserved', 'staged');

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

-- Lines of transfers. planned: to be sent, as long as nothing of the transfer has left or arrived. staged: picked for it and not yet shipped, of transfers without an order. What is on its way
-- is shipped - received - lost; below zero where goods arrived before anybody said that they had left.
CREATE TABLE transfer_line (
    transfer_id text NOT NULL,
    line_id text NOT NULL,
    sku text NOT NULL,
    -- Where it is to go, once it is planned or has left.
    to_location_id text,
    planned integer NOT NULL DEFAULT 0 CHECK (planned >= 0),
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
    inspect jsonb NOT NULL DEFAULT '[]',
    -- The announced delivery whose rest it is about.
    delivery_id text
);

-- Deliveries from outside. announced, received: SKU → pieces. overdue: somebody is asked about the rest; settled: it will
-- not come. One that was received and never announced is unknown.
CREATE TABLE delivery (
    delivery_id text PRIMARY KEY,
    state text NOT NULL DEFAULT 'unknown' CHECK (state IN ('unknown', 'announced', 'overdue', 'settled')),
    -- Where it was announced to.
    location_id text,
    announced jsonb NOT NULL DEFAULT '{}',
    received jsonb NOT NULL DEFAULT '{}'
);

-- Tasks as they were last published. body: the Task without its version. escalation: how many steps of its kind's rule
-- it has been given on, being overdue.
CREATE TABLE task (
    task_id text PRIMARY KEY,
    version bigint NOT NULL,
    is_open boolean NOT NULL,
    ended_at timestamptz,
    kind text NOT NULL,
    location_id text,
    sku text,
    due_at timestamptz NOT NULL,
    escalation int NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX task_overdue ON task (kind, escalation, due_at) WHERE is_open;
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

-- What was just seen of how often locations have what they show: only ever added to, so that two processes that book
-- picks of one location never wait for each other. It is taken into `reliability` every minute or so.
CREATE TABLE pick_outcome (
    location_id text NOT NULL,
    found integer NOT NULL,
    short integer NOT NULL,
    counted_at timestamptz,
    seen_at timestamptz NOT NULL
);

-- Picks that found the goods and that did not, as they weigh at as_of: older ones weigh less.
CREATE TABLE reliability (
    location_id text PRIMARY KEY,
    found float8 NOT NULL,
    short float8 NOT NULL,
    as_of timestamptz NOT NULL,
    since timestamptz NOT NULL,
    last_counted_at timestamptz
);
-- What receipts have said of registers' clocks since window_from (domain/clocks.py). A row is written by whoever finds
-- it free, and by nobody who would have to wait for it.
CREATE TABLE register_clock (
    location_id text NOT NULL,
    register_id text NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    window_from timestamptz NOT NULL,
    looked_at timestamptz NOT NULL,
    looks integer NOT NULL,
    -- Of the receipts that were looked at: how long after its own time the quickest came.
    least_delay_seconds float8,
    fault text CHECK (fault IN ('fast', 'slow')),
    off_by_seconds float8 NOT NULL,
    PRIMARY KEY (location_id, register_id)
);
CREATE INDEX register_clock_off ON register_clock (looked_at) WHERE fault IS NOT NULL;

-- Minutes of a location's pickers that were promised, by when they have to be worked, until pickup counts them as lists.
-- Only added to, so that no two batches wait for each other.
CREATE TABLE picker_time (
    location_id text NOT NULL,
    until timestamptz NOT NULL,
    minutes float8 NOT NULL,
    promised_at timestamptz NOT NULL
);
CREATE INDEX picker_time_location ON picker_time (location_id, promised_at);

-- Whose manager has overdue tasks after the store's own.
ALTER TABLE location ADD COLUMN area text;
