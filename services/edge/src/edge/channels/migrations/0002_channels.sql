-- Orders of sites that join as they are, and what goes out to these sites.

-- An order is here once its site has said it, or once order has told of one that came over the topic.
CREATE TABLE channel_order (
    order_id text PRIMARY KEY,
    channel text NOT NULL,
    first_at timestamptz NOT NULL,
    -- whether nothing more will happen but returns
    ended boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL
);
CREATE INDEX channel_order_ended ON channel_order (changed_at) WHERE ended;

-- Cancellations that came before their order. body: the command.
CREATE TABLE held_cancellation (
    order_id text NOT NULL,
    cancel_id text NOT NULL,
    channel text NOT NULL,
    occurred_at timestamptz NOT NULL,
    body jsonb NOT NULL,
    held_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, cancel_id)
);
CREATE INDEX held_cancellation_since ON held_cancellation (held_at);

-- What goes out, a row for each way. Within a subject (an order) the rows go out in the order of their ids; they are
-- written under the lock of the order's row, so that none appears behind one that has gone out.
CREATE TABLE outgoing (
    outgoing_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel text NOT NULL,
    way text NOT NULL CHECK (way IN ('webhook', 'file')),
    subject text NOT NULL,
    -- under this id the receiver knows one that it has already
    message_id text NOT NULL,
    name text NOT NULL,
    body text NOT NULL,
    said_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'given_up')),
    attempts integer NOT NULL DEFAULT 0,
    -- when it is to be tried; while somebody tries, when another may
    next_at timestamptz NOT NULL,
    failure text,
    settled_at timestamptz,
    UNIQUE (message_id, way)
);
CREATE INDEX outgoing_due ON outgoing (channel, way, next_at, outgoing_id) WHERE state = 'waiting';
CREATE INDEX outgoing_subject ON outgoing (channel, way, subject, outgoing_id) WHERE state = 'waiting';
CREATE INDEX outgoing_of_order ON outgoing (subject, outgoing_id);
CREATE INDEX outgoing_said ON outgoing (said_at) WHERE state = 'waiting';
CREATE INDEX outgoing_settled ON outgoing (settled_at) WHERE state <> 'waiting';

-- Files that channels have dropped, by what is in them: one is taken once, under whatever name it comes again.
CREATE TABLE dropped_file (
    channel text NOT NULL,
    digest text NOT NULL,
    name text NOT NULL,
    begun_at timestamptz NOT NULL,
    leased_until timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (channel, digest)
);
CREATE INDEX dropped_file_begun ON dropped_file (begun_at);

-- What became of each order of a file, so that the file again, or the rest of it after a crash, gets the same report.
CREATE TABLE dropped_order (
    channel text NOT NULL,
    digest text NOT NULL,
    order_id text NOT NULL,
    outcome text NOT NULL,
    PRIMARY KEY (channel, digest, order_id),
    FOREIGN KEY (channel, digest) REFERENCES dropped_file ON DELETE CASCADE
);

-- What can be promised, as inventory tells it. changed rises with each change, in the order in which they commit:
-- whoever writes holds a lock while numbers are given, until its commit.
CREATE SEQUENCE stock_change;
CREATE TABLE channel_stock (
    location_id text NOT NULL,
    sku text NOT NULL,
    available integer NOT NULL,
    version bigint NOT NULL,
    as_of timestamptz NOT NULL,
    changed bigint NOT NULL UNIQUE,
    PRIMARY KEY (location_id, sku)
);

-- How far a channel has been told by one way, and the number of its next file.
CREATE TABLE told_so_far (
    channel text NOT NULL,
    what text NOT NULL CHECK (what IN ('orders by file', 'availability by file', 'availability by webhook')),
    leased_until timestamptz NOT NULL,
    next_number integer NOT NULL DEFAULT 1,
    position bigint NOT NULL DEFAULT 0,
    full_at timestamptz,
    PRIMARY KEY (channel, what)
);

-- Where a site's list of its orders and ours differ. said: the command by which what was lost is made good, if the list
-- had what that takes. It is settled once its grace is over and it is still so; else it goes.
CREATE TABLE difference (
    channel text NOT NULL,
    order_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('not_here', 'not_cancelled_here', 'not_told', 'open_here')),
    said jsonb,
    seen_at timestamptz NOT NULL,
    outcome text CHECK (outcome IN ('replayed', 'reported')),
    settled_at timestamptz,
    PRIMARY KEY (channel, order_id, kind)
);
CREATE INDEX difference_open ON difference (seen_at) WHERE outcome IS NULL;
CREATE INDEX difference_settled ON difference (settled_at) WHERE outcome IS NOT NULL;
