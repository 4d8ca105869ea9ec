-- What products are searched by, beside their copy.

-- words: normalised, between spaces. pieces: all characters and pairs of neighbours in them.
CREATE TABLE product_search (
    sku text PRIMARY KEY REFERENCES product ON DELETE CASCADE,
    version bigint NOT NULL,
    style_id text NOT NULL,
    active boolean NOT NULL,
    words text NOT NULL,
    pieces text[] NOT NULL
);
CREATE INDEX product_search_pieces ON product_search USING gin (pieces);
CREATE INDEX product_search_style ON product_search (style_id);
