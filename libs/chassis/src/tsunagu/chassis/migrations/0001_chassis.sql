-- What the machinery itself keeps in each service's database.

-- Where each partition's log has been read to. Locked first in every batch: it is the fence against a worker
-- that lost its partition. cluster_id and topic_id say which log the offset belongs to; replay, how many times an
-- operator has had the log read again from an earlier offset: who reads on where that was before is fenced off too.
CREATE TABLE consumed_offset (
    topic text NOT NULL,
    partition integer NOT NULL,
    cluster_id text NOT NULL,
    topic_id uuid NOT NULL,
    next_offset bigint NOT NULL CHECK (next_offset >= 0),
    replay integer NOT NULL DEFAULT 0,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- Messages taken over, by CloudEvents identity, as long as topics keep them. digest: of the value's bytes.
CREATE TABLE inbox (
    topic text NOT NULL,
    id text NOT NULL,
    source text NOT NULL,
    digest bytea NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (topic, id, source)
);
CREATE INDEX inbox_received_at ON inbox USING brin (received_at);

-- The natural ids of commands and facts (an order, a receipt, a pick), for ever. digest: of the canonical body,
-- so that the same id with another body is seen.
CREATE TABLE document (
    type text NOT NULL,
    id text NOT NULL,
    digest bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (type, id)
);

-- What could not be handled. parks_key: it, and what follows under its key, waits here in order. affected: the orders,
-- locations and yen that it is about.
CREATE TABLE dead_letter (
    dead_letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    log_offset bigint NOT NULL,
    key bytea,
    value bytea,
    headers bytea NOT NULL,
    message_id text,
    message_type text,
    reason text NOT NULL,
    detail text NOT NULL,
    parks_key boolean NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'redriven', 'discarded')),
    attempts integer NOT NULL DEFAULT 1,
    recorded_at timestamptz NOT NULL,
    settled_at timestamptz,
    settled_note text,
    affected jsonb NOT NULL DEFAULT '{}',
    redrive_id text
);
CREATE INDEX dead_letter_redrive ON dead_letter (redrive_id) WHERE redrive_id IS NOT NULL;
CREATE INDEX dead_letter_waiting ON dead_letter (topic, key, dead_letter_id) WHERE state = 'waiting';

-- What operators asked to be handled again, who and when; it stays. last_id: all up to it were tried. topic_now and
-- key_now: the parked key that is being worked off, and goes on after a crash.
CREATE TABLE redrive (
    redrive_id text PRIMARY KEY,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    topic text,
    reason text,
    message_type text,
    dry_run boolean NOT NULL,
    rate_per_second float8 NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'done', 'cancelled')),
    matched bigint NOT NULL,
    failed bigint NOT NULL DEFAULT 0,
    last_error text NOT NULL DEFAULT '',
    last_id bigint NOT NULL DEFAULT 0,
    topic_now text,
    key_now bytea,
    ended_at timestamptz,
    cancelled_by text
);
CREATE INDEX redrive_running ON redrive (asked_at) WHERE state = 'running';

-- What is to be sent, in order per key; a row is what one transaction says on one topic. Once Kafka has all of it, it
-- goes, or, if it is events, it is said: kept with the time, for the day on which Kafka is gone (docs/decisions/0013).
-- batch: a Kafka record batch. Compressing it costs more than it saves.
CREATE TABLE outbox (
    outbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    -- Where all of the messages go, out of how many; null where the relay has to part them.
    partition integer,
    partitions integer,
    records integer NOT NULL CHECK (records > 0),
    batch bytea NOT NULL,
    -- Places in the batch of what Kafka has not acknowledged yet; null: all of it.
    unsent integer[],
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at timestamptz
);
ALTER TABLE outbox ALTER COLUMN batch SET STORAGE EXTERNAL;
CREATE INDEX outbox_unsent ON outbox (outbox_id) WHERE sent_at IS NULL;

-- The latest event of each key that was said longer ago than everything is kept, as long as the key is open and the
-- topic itself would have the event. batch: a record batch with this one event.
CREATE TABLE last_said (
    topic text NOT NULL,
    key bytea NOT NULL,
    last_said_id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    batch bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    looked_at timestamptz NOT NULL,
    PRIMARY KEY (topic, key)
);
ALTER TABLE last_said ALTER COLUMN batch SET STORAGE EXTERNAL;
CREATE INDEX last_said_looked_at ON last_said (looked_at);

-- Messages that Kafka refuses for good, and what comes behind them under their keys, in order.
-- released_at: an operator wants them sent again.
-- set_aside_id: numbered with the outbox, where what was released and sent is kept as said.
CREATE TABLE set_aside (
    set_aside_id bigint PRIMARY KEY DEFAULT nextval('outbox_outbox_id_seq'),
    topic text NOT NULL,
    key bytea NOT NULL,
    value bytea,
    headers bytea NOT NULL,
    reason text NOT NULL,
    set_aside_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    released_at timestamptz
);
CREATE INDEX set_aside_key ON set_aside (topic, key);

-- The one relay of this service that may send now. cluster_id: the Kafka cluster that has what was said; null: the next
-- one that a relay meets. met_cluster_id: the one that it met last; if that is another one, nothing is sent. rebuilt_at:
-- when everything was told again last.
CREATE TABLE relay_lease (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    holder uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    cluster_id text,
    met_cluster_id text,
    rebuilt_at timestamptz
);

-- Work that is due at a time: timers, and second steps that are due at once. One row per kind and key.
CREATE TABLE due_work (
    kind text NOT NULL,
    key text NOT NULL,
    due_at timestamptz NOT NULL,
    payload jsonb NOT NULL,
    cause_id text NOT NULL,
    message_id text NOT NULL,
    correlation_id text NOT NULL,
    traceparent text,
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    claimed_until timestamptz,
    PRIMARY KEY (kind, key)
);
CREATE INDEX due_work_due_at ON due_work (due_at);
