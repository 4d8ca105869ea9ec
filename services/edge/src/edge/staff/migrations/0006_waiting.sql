-- Hashes of the codes that open orders which wait for their shoppers: devices check a code with them while they are offline.
CREATE TABLE waiting_code (
    order_id text NOT NULL,
    code_hash text NOT NULL,
    -- of the event that told it
    version bigint NOT NULL,
    -- all codes that were told before it are void
    replaces boolean NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, code_hash)
);
CREATE INDEX waiting_code_told ON waiting_code (told_at);

-- What shoppers have of their orders: what they can bring back.
CREATE TABLE handed_out (
    order_id text NOT NULL,
    -- of the event that told it
    version bigint NOT NULL,
    line_id text NOT NULL,
    sku text NOT NULL,
    quantity integer NOT NULL,
    handed_out_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, version, line_id, sku)
);
CREATE INDEX handed_out_at ON handed_out (handed_out_at);
