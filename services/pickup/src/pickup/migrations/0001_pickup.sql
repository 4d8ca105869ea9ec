-- One order, or one transfer without an order. Its row is locked by whatever decides about it.
CREATE TABLE work (
    work_id text PRIMARY KEY,
    kind text NOT NULL DEFAULT 'order' CHECK (kind IN ('order', 'transfer', 'wave')),
    known boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 0,
    allocation_version bigint NOT NULL DEFAULT 0,
    opened_at timestamptz,
    ready_by timestamptz,
    -- as long as there is something to do for them
    customer_ref text,
    recipient_ref text,
    recipient_forgotten boolean NOT NULL DEFAULT false,
    code_published boolean NOT NULL DEFAULT false
);

CREATE TABLE work_group (
    work_id text NOT NULL,
    group_id text NOT NULL,
    method text NOT NULL,
    location_id text,
    state text NOT NULL CHECK (state IN ('waiting', 'ready', 'closed')),
    pickup_by timestamptz,
    PRIMARY KEY (work_id, group_id)
);

CREATE TABLE work_line (
    work_id text NOT NULL,
    line_id text NOT NULL,
    group_id text NOT NULL,
    sku text NOT NULL,
    quantity int NOT NULL CHECK (quantity > 0),
    let_go int NOT NULL CHECK (let_go >= 0),
    cancelled int NOT NULL CHECK (cancelled BETWEEN 0 AND let_go),
    in_question int NOT NULL CHECK (in_question >= 0),
    by_code int NOT NULL CHECK (by_code >= 0),
    by_receipt int NOT NULL CHECK (by_receipt >= 0),
    taken_at timestamptz,
    PRIMARY KEY (work_id, line_id)
);

CREATE TABLE promise (
    work_id text NOT NULL,
    allocation_id text NOT NULL,
    line_id text NOT NULL,
    sku text NOT NULL,
    quantity int NOT NULL CHECK (quantity >= 0),
    location_id text NOT NULL,
    short int NOT NULL CHECK (short >= 0),
    is_current boolean NOT NULL,
    PRIMARY KEY (work_id, allocation_id)
);

-- Pieces that left their shelf, and where they are. A pile without pieces stays, as a trace.
CREATE TABLE goods (
    work_id text NOT NULL,
    line_id text NOT NULL,
    sku text NOT NULL,
    allocation_id text NOT NULL,
    state text NOT NULL,
    place text NOT NULL,
    pieces int NOT NULL CHECK (pieces >= 0),
    PRIMARY KEY (work_id, line_id, sku, allocation_id, state, place)
);

CREATE TABLE task (
    task_id text PRIMARY KEY,
    work_id text NOT NULL,
    kind text NOT NULL,
    location_id text NOT NULL,
    group_id text,
    transfer_id text,
    subject text NOT NULL,
    detail text NOT NULL,
    lines jsonb NOT NULL,
    left_lines jsonb NOT NULL,
    owner text,
    state text NOT NULL,
    due_at timestamptz NOT NULL,
    planned_minutes double precision,
    minutes double precision,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    -- How many steps of its kind's rule it has been given on, being overdue; and [at, what, owner] of what became of it.
    escalation int NOT NULL DEFAULT 0,
    history jsonb NOT NULL DEFAULT '[]',
    version bigint NOT NULL
);
CREATE INDEX task_work ON task (work_id);
CREATE INDEX task_location ON task (location_id, ended_at) WHERE kind = 'pick';
CREATE INDEX task_open ON task (kind, escalation, due_at) WHERE state IN ('open', 'assigned', 'started');

CREATE TABLE transfer (
    transfer_id text PRIMARY KEY,
    work_id text NOT NULL,
    group_id text NOT NULL,
    from_location_id text NOT NULL,
    to_location_id text NOT NULL,
    carrier text NOT NULL,
    owner text NOT NULL,
    cost_jpy bigint NOT NULL,
    ship_by timestamptz NOT NULL,
    arrive_by timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'shipped', 'received', 'cancelled')),
    counts jsonb NOT NULL,
    shipped_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX transfer_work ON transfer (work_id);
CREATE INDEX transfer_open ON transfer (state, ship_by) WHERE state IN ('planned', 'shipped');

CREATE TABLE parcel (
    work_id text NOT NULL,
    parcel_id text NOT NULL,
    location_id text NOT NULL,
    group_id text,
    carrier text NOT NULL,
    tracking_number text,
    cost_jpy bigint,
    after_close boolean NOT NULL,
    shipped_at timestamptz NOT NULL,
    delivered_at timestamptz,
    ended text CHECK (ended IN ('lost', 'returned')),
    PRIMARY KEY (work_id, parcel_id)
);

-- Salted hashes only: the code itself is published once and kept nowhere here. A code that another one has taken the
-- place of keeps its row, so that whoever shows it can be told so.
CREATE TABLE pickup_code (
    work_id text NOT NULL,
    group_id text NOT NULL,
    salt text NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (work_id, salt)
);

-- Facts about something that is not known yet, until it is.
CREATE TABLE waiting_fact (
    work_id text NOT NULL,
    message_id text NOT NULL,
    message_source text NOT NULL,
    wire_type text NOT NULL,
    body jsonb NOT NULL,
    caused_at timestamptz NOT NULL,
    correlation_id text NOT NULL,
    traceparent text,
    arrived_at timestamptz NOT NULL,
    PRIMARY KEY (work_id, message_source, message_id)
);

CREATE TABLE location (
    location_id text PRIMARY KEY,
    version bigint NOT NULL DEFAULT 0,
    walking_order jsonb NOT NULL DEFAULT '[]',
    -- Monday to Sunday, minutes after midnight in Japan; -1 where it is closed. Empty: no hours are known.
    opens smallint[] NOT NULL DEFAULT '{}',
    closes smallint[] NOT NULL DEFAULT '{}',
    -- Days on which it stays closed whatever its hours say, and whether it opens on public holidays.
    closed_on date[] NOT NULL DEFAULT '{}',
    opens_on_holidays boolean NOT NULL DEFAULT true,
    closed boolean NOT NULL DEFAULT false,
    pick_minutes_per_day int NOT NULL DEFAULT 0,
    pause_reason text,
    paused_until timestamptz,
    capacity_version bigint NOT NULL DEFAULT 0,
    said jsonb
);

CREATE TABLE lane (
    lane_id text PRIMARY KEY,
    version bigint NOT NULL,
    from_location_id text NOT NULL,
    to_location_id text NOT NULL,
    -- Weekdays on which it leaves, Monday is 0; minutes after midnight in Japan; whether it leaves on public holidays.
    days smallint[] NOT NULL,
    cut_off_minutes smallint NOT NULL,
    transit_days int NOT NULL,
    runs_on_holidays boolean NOT NULL,
    carrier text NOT NULL,
    cost_jpy bigint NOT NULL,
    owner text NOT NULL
);
CREATE INDEX lane_way ON lane (from_location_id, to_location_id);

CREATE TABLE product (
    sku text PRIMARY KEY,
    version bigint NOT NULL,
    category text NOT NULL
);

-- Wrong codes are counted per order; while an order is locked no code of it is looked at.
ALTER TABLE work
    ADD COLUMN wrong_codes int NOT NULL DEFAULT 0 CHECK (wrong_codes >= 0),
    ADD COLUMN lock_minutes double precision NOT NULL DEFAULT 0,
    ADD COLUMN locked_until timestamptz;
CREATE INDEX work_locked ON work (locked_until) WHERE locked_until IS NOT NULL;

-- The digits as HandOver carries them (a keyed hash), salted like the token; empty where they are not taken.
ALTER TABLE pickup_code ADD COLUMN digits_digest text NOT NULL DEFAULT '';

-- How long goods wait for their shopper; null leaves it to the setting.
ALTER TABLE location ADD COLUMN pickup_window_hours int CHECK (pickup_window_hours > 0);

-- The wave that somebody does a task in; its list is the task of a work of its own. What nobody has can be taken.
ALTER TABLE task ADD COLUMN wave_id text;
CREATE INDEX task_wave ON task (wave_id) WHERE wave_id IS NOT NULL;
CREATE INDEX task_to_take ON task (location_id, kind, due_at, task_id)
    WHERE state = 'open' AND wave_id IS NULL AND kind IN ('pick', 'put_away');

-- Transfers that go the same way with the same departure are one shipment; its id follows from these.
ALTER TABLE transfer ADD COLUMN shipment_id text NOT NULL;
CREATE INDEX transfer_shipment ON transfer (shipment_id);

-- What was last said of each shipment, and what its carrier said last. Nothing was said of one that only a carrier knows.
CREATE TABLE shipment (
    shipment_id text PRIMARY KEY,
    version bigint NOT NULL DEFAULT 0,
    tracking jsonb,
    said jsonb
);
CREATE INDEX shipment_unknown ON shipment (shipment_id) WHERE said IS NULL;

-- Whose manager has overdue tasks after the store's own.
ALTER TABLE location ADD COLUMN area text;

-- Which codes another one has taken the place of; and the order's version that last named another recipient than before.
ALTER TABLE pickup_code ADD COLUMN is_replaced boolean NOT NULL DEFAULT false;
ALTER TABLE work ADD COLUMN recipient_version bigint NOT NULL DEFAULT 0;
