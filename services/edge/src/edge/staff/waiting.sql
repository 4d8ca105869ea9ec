-- name: keep_codes
-- Keeps the hashes of new codes; one that was void before it was heard of is passed over.
INSERT INTO waiting_code (order_id, code_hash, version, replaces, told_at)
SELECT n.order_id, n.code_hash, n.version, $4, n.told_at
FROM unnest($1::text[], $2::text[], $3::bigint[], $5::timestamptz[]) AS n (order_id, code_hash, version, told_at)
WHERE NOT EXISTS (
    SELECT FROM waiting_code AS w WHERE w.order_id = n.order_id AND w.replaces AND w.version > n.version
)
ORDER BY n.order_id, n.code_hash
ON CONFLICT (order_id, code_hash) DO NOTHING;

-- name: forget_replaced_codes
-- Forgets the codes in whose place others have come.
DELETE FROM waiting_code AS w
USING unnest($1::text[], $2::bigint[]) AS n (order_id, version)
WHERE w.order_id = n.order_id AND w.version < n.version;

-- name: delete_old_codes
-- Forgets codes of orders that have long been collected or put away, some at a time.
WITH taken AS MATERIALIZED (
    SELECT order_id, code_hash FROM waiting_code WHERE told_at < $1 ORDER BY told_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
DELETE FROM waiting_code
WHERE (order_id, code_hash) IN (SELECT order_id, code_hash FROM taken);

-- name: keep_handed_out
-- Keeps what shoppers were given; the same news again changes nothing.
INSERT INTO handed_out (order_id, version, line_id, sku, quantity, handed_out_at)
SELECT n.order_id, n.version, n.line_id, n.sku, n.quantity, n.handed_out_at
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::int[], $6::timestamptz[])
     AS n (order_id, version, line_id, sku, quantity, handed_out_at)
ORDER BY n.order_id, n.version, n.line_id, n.sku
ON CONFLICT DO NOTHING;

-- name: delete_old_handed_out
-- Forgets what was handed out too long ago to be brought back, some at a time.
WITH taken AS MATERIALIZED (
    SELECT order_id, version, line_id, sku FROM handed_out WHERE handed_out_at < $1
    ORDER BY handed_out_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
DELETE FROM handed_out
WHERE (order_id, version, line_id, sku) IN (SELECT order_id, version, line_id, sku FROM taken);

-- name: handed_out_of
-- What the shopper of an order has been given of each of its lines.
SELECT line_id, sku, sum(quantity)::bigint AS quantity, max(handed_out_at) AS handed_out_at
FROM handed_out WHERE order_id = $1
GROUP BY line_id, sku ORDER BY line_id, sku;

-- name: work_at
-- A location's open tasks but those of goods that wait for their shoppers, by when they are due.
SELECT topic, body FROM task
WHERE ended_at IS NULL AND location_id = $1 AND body ->> 'kind' <> 'hand_over'
ORDER BY due_at, task_id LIMIT $2;

-- name: waiting_at
-- What waits at a location for its shoppers, by when it is put away again, with the codes that open it.
SELECT t.body, ARRAY(
    SELECT w.code_hash FROM waiting_code AS w WHERE w.order_id = t.body ->> 'order_id' ORDER BY w.version DESC
) AS code_hashes
FROM task AS t
WHERE t.ended_at IS NULL AND t.location_id = $1 AND t.body ->> 'kind' = 'hand_over'
ORDER BY t.due_at, t.task_id LIMIT $2;

-- name: ended_at
-- How many of a location's tasks were done in a time.
SELECT count(*) FROM task
WHERE location_id = $1 AND ended_at >= $2 AND ended_at < $3 AND body ->> 'state' = 'done';
