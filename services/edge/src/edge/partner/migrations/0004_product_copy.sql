-- The copy of products.

CREATE TABLE product (
    sku text PRIMARY KEY,
    version bigint NOT NULL,
    -- padded to 14 digits
    gtins text[] NOT NULL,
    active boolean NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX product_gtins ON product USING gin (gtins);
