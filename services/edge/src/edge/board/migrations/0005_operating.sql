-- How each process is, as it told last.
CREATE TABLE condition (
    service text NOT NULL,
    instance text NOT NULL,
    version bigint NOT NULL,
    told_at timestamptz NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (service, instance)
);

-- What an order is worth, for the day on which something of it can't be handled. Nothing in it is of a person.
CREATE TABLE order_worth (
    order_id text PRIMARY KEY,
    version bigint NOT NULL,
    amount_jpy bigint NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX order_worth_updated ON order_worth (updated_at);
