-- Open orders as whoever holds their link may see them: nobody's name or ref, no price, nothing that has ended.
CREATE TABLE order_view (
    order_id text PRIMARY KEY,
    version bigint NOT NULL,
    view jsonb NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX order_view_changed ON order_view USING brin (changed_at);

-- Links by which an order may be acted on. Of a token only its SHA-256 is kept.
-- order_version: of the order when it was issued. void_at: since then it shows no more than what was answered by it.
CREATE TABLE order_link (
    order_id text NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('order', 'choice')),
    version bigint NOT NULL,
    token_hash text NOT NULL UNIQUE CHECK (token_hash ~ '^[0-9a-f]{64}$'),
    order_version bigint NOT NULL,
    valid_until timestamptz NOT NULL,
    void_at timestamptz,
    PRIMARY KEY (order_id, purpose)
);
CREATE INDEX order_link_valid ON order_link (valid_until);

-- What was answered by a link, one after the other. message_ids: the commands that it became.
CREATE TABLE link_answer (
    order_id text NOT NULL,
    purpose text NOT NULL,
    version bigint NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    answer jsonb NOT NULL,
    message_ids text[] NOT NULL,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, purpose, version, number),
    FOREIGN KEY (order_id, purpose) REFERENCES order_link ON DELETE CASCADE
);
