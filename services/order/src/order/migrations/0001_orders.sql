-- Every order id that anybody has named: the row that is locked, also for an order that is not there yet.
CREATE TABLE order_lock (
    order_id text PRIMARY KEY
);

-- One row per order, for ever: its key makes sure that an order is placed once.
CREATE TABLE orders (
    order_id text PRIMARY KEY,
    channel text NOT NULL,
    customer_ref text,
    recipient_ref text,
    payment text NOT NULL,
    allow_partial boolean NOT NULL,
    placed_at timestamptz NOT NULL,
    touchpoints jsonb NOT NULL,
    stage text NOT NULL CHECK (stage IN ('placed', 'confirmed', 'rejected')),
    status text NOT NULL,
    reason text,
    version bigint NOT NULL CHECK (version > 0),
    allocation_version bigint NOT NULL,
    ready_by timestamptz,
    choice_answer_by timestamptz,
    progress jsonb NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON COLUMN orders.status IS 'derived from the lines; kept for operators and the audit';
COMMENT ON COLUMN orders.progress IS 'promises, cancellations that pickup has not answered, parcels, receipts, which links are out';
CREATE INDEX orders_by_status ON orders (status, updated_at);
CREATE INDEX orders_by_customer ON orders (customer_ref, order_id) WHERE customer_ref IS NOT NULL;
CREATE INDEX orders_by_recipient ON orders (recipient_ref, order_id) WHERE recipient_ref IS NOT NULL;

-- Who was erased, by keyed hash: orders placed until then forget whom they were for, the open ones at their end.
CREATE TABLE erased_ref (
    ref_hash bytea PRIMARY KEY,
    erased_at timestamptz NOT NULL
);

-- This database's own key of those hashes: from erased_ref alone, nobody finds out who it was.
CREATE TABLE secret (
    name text PRIMARY KEY,
    value bytea NOT NULL
);

CREATE TABLE order_group (
    order_id text NOT NULL REFERENCES orders,
    group_id text NOT NULL,
    position int NOT NULL,
    method text NOT NULL,
    location_id text,
    prefecture text,
    pickup_by timestamptz,
    announced boolean NOT NULL,
    PRIMARY KEY (order_id, group_id)
);

-- Each piece of a line is open, completed or cancelled; the other counts lie within these.
CREATE TABLE order_line (
    order_id text NOT NULL REFERENCES orders,
    line_id text NOT NULL,
    position int NOT NULL,
    group_id text NOT NULL,
    sku text NOT NULL,
    quantity int NOT NULL CHECK (quantity > 0),
    unit_price_jpy bigint NOT NULL CHECK (unit_price_jpy >= 0),
    tax_percent int NOT NULL,
    in_question int NOT NULL CHECK (in_question >= 0),
    ready int NOT NULL CHECK (ready >= 0),
    shipped int NOT NULL CHECK (shipped >= 0),
    completed int NOT NULL CHECK (completed >= 0),
    cancelled int NOT NULL CHECK (cancelled >= 0),
    returned int NOT NULL CHECK (returned BETWEEN 0 AND completed),
    settled int NOT NULL CHECK (settled BETWEEN 0 AND cancelled),
    completed_jpy bigint NOT NULL,
    returned_jpy bigint NOT NULL CHECK (returned_jpy BETWEEN 0 AND completed_jpy),
    refunded_jpy bigint NOT NULL CHECK (
        refunded_jpy BETWEEN 0 AND greatest(quantity * unit_price_jpy, completed_jpy)  -- a till may have taken more
    ),
    PRIMARY KEY (order_id, line_id),
    CHECK (completed + cancelled + in_question + ready + shipped <= quantity)
);

-- Every return that named an order, for ever; it waits for its handover until booked_at, and names its customer only so
-- long.
CREATE TABLE order_return (
    order_id text NOT NULL,
    return_id text NOT NULL,
    goods jsonb NOT NULL,
    booked_at timestamptz,
    PRIMARY KEY (order_id, return_id)
);
CREATE INDEX order_return_waiting ON order_return (order_id) WHERE booked_at IS NULL;

-- Money that somebody has to settle, as a task was last published. body: the Task without its version. escalation: how
-- many steps of its kind's rule it has been given on, being overdue.
CREATE TABLE task (
    task_id text PRIMARY KEY,
    order_id text NOT NULL REFERENCES order_lock,
    version bigint NOT NULL,
    is_open boolean NOT NULL,
    kind text NOT NULL,
    due_at timestamptz NOT NULL,
    escalation int NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX task_order ON task (order_id) WHERE is_open;
CREATE INDEX task_overdue ON task (kind, escalation, due_at) WHERE is_open;
