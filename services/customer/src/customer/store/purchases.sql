-- name: insert_missing_purchases
-- Makes sure that there is a row to lock.
INSERT INTO purchase (purchase_id) SELECT k FROM unnest($1::text[]) AS k ORDER BY k ON CONFLICT DO NOTHING;

-- name: lock_purchases
-- Locks purchases in the order of their ids.
SELECT purchase_id FROM purchase WHERE purchase_id = ANY($1::text[]) ORDER BY purchase_id FOR UPDATE;

-- name: purchases_of
-- Purchases under these identifiers.
SELECT purchase_id FROM purchase WHERE digest = ANY($1::text[]);

-- name: unlink_purchases
-- Keeps amounts and dates of purchases up to an erasure, without whose they were.
UPDATE purchase SET customer_ref = NULL, digest = NULL
WHERE digest = ANY($1::text[]) AND bought_at <= $2 RETURNING purchase_id;

-- name: purchase_owners
-- Under which identifiers these purchases are.
SELECT DISTINCT digest FROM purchase WHERE purchase_id = ANY($1::text[]) AND digest IS NOT NULL;

-- name: insert_purchase_lines
-- What was bought, once per message and line.
INSERT INTO purchase_line (purchase_id, message, line_id, source, sku, quantity, amount_jpy, tax_percent)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bigint[], $8::integer[])
ON CONFLICT DO NOTHING;

-- name: insert_purchase_returns
-- What came back, once per return and place.
INSERT INTO purchase_return (purchase_id, return_id, place, line_id, sku, quantity, amount_jpy, returned_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::integer[], $7::bigint[],
    $8::timestamptz[])
ON CONFLICT DO NOTHING;

-- name: load_purchases
-- Purchases, and who holds the identifier they are under.
SELECT p.purchase_id, p.receipt_id, p.order_id, p.source, p.channel, p.location_id, p.bought_at, p.customer_ref,
    p.digest, p.ordered_at, p.picked_up_at, p.version, i.customer_id
FROM purchase AS p LEFT JOIN identifier AS i USING (digest) WHERE p.purchase_id = ANY($1::text[]);

-- name: load_purchase_lines
-- All parts that were bought.
SELECT purchase_id, source, line_id, sku, quantity, amount_jpy, tax_percent
FROM purchase_line WHERE purchase_id = ANY($1::text[]);

-- name: load_purchase_returns
-- All parts that came back.
SELECT purchase_id, return_id, place, line_id, sku, quantity, amount_jpy, returned_at
FROM purchase_return WHERE purchase_id = ANY($1::text[]);

-- name: save_heads
-- What is known of purchases as a whole.
UPDATE purchase AS p SET receipt_id = n.receipt_id, order_id = n.order_id, source = n.source, channel = n.channel,
    location_id = n.location_id, bought_at = n.bought_at, customer_ref = n.customer_ref, digest = n.digest,
    ordered_at = n.ordered_at, picked_up_at = n.picked_up_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[],
    $9::text[], $10::timestamptz[], $11::timestamptz[])
AS n (purchase_id, receipt_id, order_id, source, channel, location_id, bought_at, customer_ref, digest, ordered_at,
    picked_up_at)
WHERE p.purchase_id = n.purchase_id;

-- name: save_kept
-- What is kept of purchases, and whom their published state names.
UPDATE purchase AS p SET kept_jpy = n.kept_jpy, kept_pieces = n.kept_pieces, version = n.version,
    published_customer_id = n.customer_id, returned_at = n.returned_at
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::timestamptz[])
AS n (purchase_id, kept_jpy, kept_pieces, version, customer_id, returned_at) WHERE p.purchase_id = n.purchase_id;

-- name: save_kept_skus
-- What is kept of each SKU of the purchases $1; a SKU that is not named any more came back whole.
WITH kept AS (
    SELECT * FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
    AS n (purchase_id, sku, bought_at, channel, digest, pieces, amount_jpy)
), came_back AS (
    DELETE FROM kept_sku AS k WHERE k.purchase_id = ANY($1::text[])
        AND NOT EXISTS (SELECT FROM kept AS n WHERE n.purchase_id = k.purchase_id AND n.sku = k.sku)
)
INSERT INTO kept_sku AS k (purchase_id, sku, bought_at, channel, digest, pieces, amount_jpy)
SELECT * FROM kept
ON CONFLICT (purchase_id, sku) DO UPDATE SET bought_at = excluded.bought_at, channel = excluded.channel,
    digest = excluded.digest, pieces = excluded.pieces, amount_jpy = excluded.amount_jpy
WHERE (k.bought_at, k.channel, k.digest, k.pieces, k.amount_jpy)
    IS DISTINCT FROM (excluded.bought_at, excluded.channel, excluded.digest, excluded.pieces, excluded.amount_jpy);

-- name: misattributed_purchases
-- Purchases of these customers whose published state names another, or nobody.
SELECT p.purchase_id, i.customer_id
FROM identifier AS i JOIN purchase AS p USING (digest)
WHERE i.customer_id = ANY($1::text[]) AND p.bought_at IS NOT NULL
    AND p.published_customer_id IS DISTINCT FROM i.customer_id
ORDER BY p.purchase_id LIMIT $2;

-- name: lock_purchases_after
-- Locks the next purchases after one that were published.
SELECT purchase_id FROM purchase WHERE purchase_id > $1 AND version > 0 ORDER BY purchase_id LIMIT $2 FOR UPDATE;

-- name: count_published_purchases
-- How many purchases were published.
SELECT count(*) FROM purchase WHERE version > 0;
