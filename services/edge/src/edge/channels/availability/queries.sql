-- name: lock_stock_changes
-- Lets one transaction at a time number its changes: a reader that is at a number has seen all below it.
SELECT pg_advisory_xact_lock(hashtextextended('channel stock changes', 0));

-- name: keep_stock
-- Keeps the newest availability of each SKU at each location.
INSERT INTO channel_stock (location_id, sku, available, version, as_of, changed)
SELECT n.location_id, n.sku, n.available, n.version, n.as_of, nextval('stock_change')
FROM unnest($1::text[], $2::text[], $3::integer[], $4::bigint[], $5::timestamptz[])
     AS n (location_id, sku, available, version, as_of)
ON CONFLICT (location_id, sku) DO UPDATE
SET available = excluded.available, version = excluded.version, as_of = excluded.as_of, changed = excluded.changed
WHERE channel_stock.version < excluded.version;

-- name: empty_stock
-- Shows none of SKUs that a location does not keep any more: a row that was gone could not be told of.
UPDATE channel_stock AS s
SET available = 0, as_of = $3, changed = nextval('stock_change')
FROM unnest($1::text[], $2::text[]) AS n (location_id, sku)
WHERE s.location_id = n.location_id AND s.sku = n.sku;

-- name: read_changes
-- What has changed after a position.
SELECT location_id, sku, available, as_of, changed FROM channel_stock WHERE changed > $1 ORDER BY changed LIMIT $2;

-- name: read_last_change
-- The highest number that was given: no position is beyond it.
SELECT last_value FROM stock_change;
