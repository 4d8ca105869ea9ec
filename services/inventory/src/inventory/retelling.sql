-- For the day on which Kafka is gone.

-- name: lock_stock_after
-- Locks the next rows of stock after one, and says what is available.
SELECT location_id, sku, available, version FROM stock
WHERE (location_id, sku) > ($1, $2) AND version > 0
ORDER BY location_id, sku LIMIT $3
FOR UPDATE;

-- name: count_stock
-- How many rows of stock there are.
SELECT count(*) FROM stock WHERE version > 0;

-- name: lock_feeds_after
-- Locks the next feeds after one.
SELECT location_id, last_seen_at, version FROM feed WHERE location_id > $1 ORDER BY location_id LIMIT $2 FOR UPDATE;

-- name: count_feeds
-- How many feeds there are.
SELECT count(*) FROM feed;

-- name: open_keys
-- Which of these orders, holds, counts and discrepancies have not come to their end.
SELECT order_id AS key FROM orders WHERE order_id = ANY($1::text[]) AND state = 'open'
UNION ALL
SELECT hold_id FROM hold WHERE hold_id = ANY($1::text[]) AND state = 'held'
UNION ALL
SELECT count_id FROM stock_count WHERE count_id = ANY($1::text[]) AND state = 'awaiting_approval'
UNION ALL
SELECT discrepancy_id FROM discrepancy WHERE discrepancy_id = ANY($1::text[]) AND state = 'open';
