-- The benchmark's own SQL: the stock that all sides begin with, and what has to hold at the end.

-- name: pass_over_triggers
-- A million movements would make the same stock, slower: the ledger's triggers are passed over once.
SET session_replication_role = replica;

-- name: heed_triggers
-- Triggers count again.
SET session_replication_role = origin;

-- name: insert_stores
-- Stores S1, S2 … in a row, each a kilometre or so from the next, and open all day; their tills were just heard of.
WITH made AS (
    INSERT INTO location (
        location_id, version, kind, prefecture, latitude, longitude, pickup_enabled, opens, closes
    )
    SELECT 'S' || n, 1, 'store', 'JP-13', 35.0 + n * 0.001, 139.0 + n * 0.001, true, '{}', '{}'
    FROM generate_series(1, $1::integer) AS n
    RETURNING location_id
)
INSERT INTO feed (location_id, version, last_seen_at, published_at)
SELECT location_id, 1, now(), now() FROM made;

-- name: insert_lanes
-- Each store gets goods from the $2 that follow it in the row, which ends where it begins.
INSERT INTO lane (to_location_id, from_location_id, version, days, cut_off_minutes, transit_days)
SELECT 'S' || s, 'S' || (s + n - 1) % $1 + 1, 1, '{0,1,2,3,4,5,6}', 1200, 1
FROM generate_series(1, $1::integer) AS s, generate_series(1, least($2::integer, $1 - 1)) AS n;

-- name: insert_products
-- SKUs K1, K2 ….
INSERT INTO product (sku, version, category, price_jpy)
SELECT 'K' || n, 1, 'everything', 1000 FROM generate_series(1, $1::integer) AS n;

-- name: insert_stock
-- $3 pieces of every SKU in every store, but none of the SKUs after $4, and of every $5-th SKU none in a store where its
-- neighbours have it. Version 1, as a first delivery leaves a row: it has been told, and follows its category.
INSERT INTO stock (location_id, sku, version, on_hand)
SELECT 'S' || s, 'K' || k, 1, CASE WHEN k > $4::integer OR (s + k) % $5::integer = 0 THEN 0 ELSE $3::integer END
FROM generate_series(1, $1::integer) AS s, generate_series(1, $2::integer) AS k;

-- name: give_stock
-- So many pieces of a SKU in a store, and none anywhere else.
UPDATE stock SET on_hand = CASE WHEN location_id = $1 THEN $3::integer ELSE 0 END WHERE sku = $2;

-- name: read_so_far
-- How many records of a topic Tsunagu has taken over.
SELECT coalesce(sum(next_offset), 0)::bigint FROM consumed_offset WHERE topic = $1;

-- name: oversold_rows
-- Rows of stock that promise more than is there.
SELECT count(*) FROM stock WHERE reserved > 0 AND reserved > on_hand;

-- name: rows_that_do_not_add_up
-- Rows of stock whose promised pieces are not those of the orders' allocations.
SELECT count(*) FROM (SELECT location_id, sku, reserved FROM stock WHERE reserved <> 0) AS s
FULL JOIN (
    SELECT location_id, sku, sum(quantity) AS quantity FROM allocation WHERE state = 'reserved' GROUP BY 1, 2
) AS a USING (location_id, sku)
WHERE s.reserved IS DISTINCT FROM a.quantity;
