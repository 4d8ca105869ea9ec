-- Orders placed here, as far as other services have told of them.

-- holder: whose API key, or whose guest's cookie, placed it. channel: under which it was placed. state: the whole order
-- as of order.state, version its version.
CREATE TABLE followed_order (
    order_id text PRIMARY KEY,
    holder text NOT NULL,
    channel text NOT NULL,
    placed_at timestamptz NOT NULL,
    place_message_id text NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    state jsonb,
    -- whether nothing more will happen but returns
    ended boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL
);
CREATE INDEX followed_order_holder ON followed_order (holder, placed_at);
CREATE INDEX followed_order_ended ON followed_order (changed_at) WHERE ended;

-- What has happened to an order, in order: written under the lock of its followed_order row, so that within an
-- order nothing appears behind what a reader has seen.
CREATE TABLE order_progress (
    progress_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id text NOT NULL REFERENCES followed_order ON DELETE CASCADE,
    name text NOT NULL,
    data jsonb NOT NULL,
    ends boolean NOT NULL
);
CREATE INDEX order_progress_order ON order_progress (order_id, progress_id);

-- What the shopper shows at the desk: kept until it is used or void, and shown to the order's own holder only.
CREATE TABLE pickup_code (
    order_id text PRIMARY KEY REFERENCES followed_order ON DELETE CASCADE,
    version bigint NOT NULL,
    token text NOT NULL,
    digits text NOT NULL,
    valid_until timestamptz NOT NULL
);
