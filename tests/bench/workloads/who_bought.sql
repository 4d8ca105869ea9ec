-- Years of a chain's purchases, two SKUs each, written as customer's handlers would have left them.

-- name: pass_over_triggers
-- What is inserted refers to what is inserted: foreign keys are passed over once.
SET session_replication_role = replica;

-- name: definition_of_index
-- How the index is made, to make it anew over all rows at once.
SELECT pg_get_indexdef('kept_sku_bought'::regclass);

-- name: drop_index
-- Ten million rows one by one, in no order, would take as many reads of the disk.
DROP INDEX kept_sku_bought;

-- name: insert_customers
-- $1 customers.
INSERT INTO customer (customer_id, version, created_at)
SELECT 'C' || lpad(n::text, 9, '0'), 1, now() FROM generate_series(1, $1::bigint) AS n;

-- name: insert_identifiers
-- Two identifiers each, a card and an account.
INSERT INTO identifier (digest, kind, customer_id)
SELECT md5('i' || n) || md5('j' || n), 'member_card', 'C' || lpad(((n + 1) / 2)::text, 9, '0')
FROM generate_series(1, 2 * $1::bigint) AS n;

-- name: insert_refs
-- Each has one ref.
INSERT INTO known_ref (ref, digest) SELECT 'ref:' || n, md5('i' || n) || md5('j' || n)
FROM generate_series(1, 2 * $1::bigint) AS n;

-- name: insert_purchases
-- $1 purchases of three years before $2 by $3 customers; six in ten in stores; of one in twenty nobody knows whose it is.
INSERT INTO purchase (purchase_id, receipt_id, source, channel, location_id, bought_at, digest, kept_jpy, kept_pieces,
    version)
SELECT p.id, p.id, 'sale', p.channel, 'S' || p.place % 1000, p.at,
    CASE WHEN p.place % 20 > 0 THEN md5('i' || p.whose) || md5('j' || p.whose) END, 2000, 2, 1
FROM (
    SELECT 'R' || lpad(n::text, 12, '0') AS id,
        (ARRAY['store', 'store', 'store', 'ec', 'app'])[(hashint8extended(n, 4) & 1023) % 5 + 1] AS channel,
        $2::timestamptz - interval '1 second' * ((hashint8extended(n, 1) & 2147483647) % (3 * 365 * 86400)) AS at,
        hashint8extended(n, 2) & 2147483647 AS place,
        (hashint8extended(n, 3) & 2147483647) % (2 * $3::bigint) + 1 AS whose
    FROM generate_series(1, $1::bigint) AS n
) AS p;

-- name: insert_lines
-- Two lines of each; what sells best is one of a hundred lines (the square of an even chance, of $2 SKUs).
INSERT INTO purchase_line (purchase_id, message, line_id, source, sku, quantity, amount_jpy, tax_percent)
SELECT 'R' || lpad(n::text, 12, '0'), 'sale:R' || lpad(n::text, 12, '0'), line::text, 'sale',
    'K' || floor($2::integer * ((hashint8extended(n, 10 + line) & 2147483647) / 2147483648.0::float8) ^ 2)::integer,
    1, 1000, 10
FROM generate_series(1, $1::bigint) AS n CROSS JOIN generate_series(1, 2) AS line;

-- name: insert_kept
-- What is kept of them: all.
INSERT INTO kept_sku (purchase_id, sku, bought_at, channel, digest, pieces, amount_jpy)
SELECT l.purchase_id, l.sku, p.bought_at, p.channel, p.digest, sum(l.quantity), sum(l.amount_jpy)
FROM purchase_line AS l JOIN purchase AS p USING (purchase_id)
GROUP BY l.purchase_id, l.sku, p.bought_at, p.channel, p.digest;

-- name: pieces_of
-- Pieces of a SKU in a time, as the lines have them.
SELECT coalesce(sum(l.quantity), 0)::bigint FROM purchase_line AS l JOIN purchase AS p USING (purchase_id)
WHERE l.sku = $1 AND p.bought_at >= $2 AND p.bought_at < $3;

-- name: some_skus
-- The SKU of the first line of each of these purchases: by chance, and as often as it is sold.
SELECT sku FROM purchase_line WHERE purchase_id = ANY($1::text[]) AND line_id = '1' ORDER BY purchase_id;

-- name: look_up
-- The yardstick: one row by its primary key.
SELECT customer_id FROM identifier WHERE digest = $1;
