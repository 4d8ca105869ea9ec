-- name: insert_missing_locks
-- Makes sure that there is a row to lock for every order id, also of orders that are not there yet.
INSERT INTO order_lock (order_id) SELECT k FROM unnest($1::text[]) AS k ORDER BY k ON CONFLICT DO NOTHING;

-- name: lock_orders
-- Locks orders in the order of their ids.
SELECT order_id FROM order_lock WHERE order_id = ANY($1::text[]) ORDER BY order_id FOR UPDATE;

-- name: read_orders
-- Reads orders without their parts.
SELECT order_id, channel, customer_ref, recipient_ref, payment, allow_partial, placed_at, touchpoints, stage, reason,
       version, allocation_version, ready_by, choice_answer_by, progress
FROM orders WHERE order_id = ANY($1::text[]);

-- name: read_groups
-- Reads the groups of orders, in the order in which they were given.
SELECT order_id, group_id, method, location_id, prefecture, pickup_by, announced
FROM order_group WHERE order_id = ANY($1::text[]) ORDER BY order_id, position;

-- name: read_lines
-- Reads the lines of orders, in the order in which they were given.
SELECT order_id, line_id, group_id, sku, quantity, unit_price_jpy, tax_percent, in_question, ready, shipped,
       completed, cancelled, returned, settled, completed_jpy, returned_jpy, refunded_jpy
FROM order_line WHERE order_id = ANY($1::text[]) ORDER BY order_id, position;

-- name: read_waiting_returns
-- Reads the returns of orders that still wait for their handover, known orders or not.
SELECT order_id, goods FROM order_return
WHERE order_id = ANY($1::text[]) AND booked_at IS NULL ORDER BY order_id, return_id;

-- name: read_known_returns
-- Tells which of these returns have been taken before.
SELECT r.order_id, r.return_id FROM order_return AS r
JOIN unnest($1::text[], $2::text[]) AS n (order_id, return_id) USING (order_id, return_id);

-- name: save_orders
-- Writes orders; what was agreed when they were placed never changes, but that whom they were for may be forgotten.
INSERT INTO orders (
    order_id, channel, customer_ref, recipient_ref, payment, allow_partial, placed_at, touchpoints, stage, status,
    reason, version, allocation_version, ready_by, choice_answer_by, progress, updated_at
)
SELECT n.*, $17
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::timestamptz[], $8::jsonb[],
    $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[], $14::timestamptz[], $15::timestamptz[],
    $16::jsonb[]
) AS n (
    order_id, channel, customer_ref, recipient_ref, payment, allow_partial, placed_at, touchpoints, stage, status,
    reason, version, allocation_version, ready_by, choice_answer_by, progress
)
ON CONFLICT (order_id) DO UPDATE SET
    customer_ref = excluded.customer_ref, recipient_ref = excluded.recipient_ref, stage = excluded.stage, status = excluded.status,
    reason = excluded.reason, version = excluded.version, allocation_version = excluded.allocation_version,
    ready_by = excluded.ready_by, choice_answer_by = excluded.choice_answer_by, progress = excluded.progress,
    updated_at = excluded.updated_at;

-- name: save_groups
-- Writes groups of orders, new ones and changed ones.
INSERT INTO order_group (order_id, group_id, position, method, location_id, prefecture, pickup_by, announced)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::boolean[]
)
ON CONFLICT (order_id, group_id) DO UPDATE SET
    method = excluded.method, location_id = excluded.location_id, prefecture = excluded.prefecture,
    pickup_by = excluded.pickup_by, announced = excluded.announced;

-- name: save_lines
-- Writes lines of orders, new ones and changed ones.
INSERT INTO order_line (
    order_id, line_id, position, group_id, sku, quantity, unit_price_jpy, tax_percent, in_question, ready, shipped,
    completed, cancelled, returned, settled, completed_jpy, returned_jpy, refunded_jpy
)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::int[], $7::bigint[], $8::int[], $9::int[],
    $10::int[], $11::int[], $12::int[], $13::int[], $14::int[], $15::int[], $16::bigint[], $17::bigint[],
    $18::bigint[]
)
ON CONFLICT (order_id, line_id) DO UPDATE SET
    group_id = excluded.group_id, quantity = excluded.quantity, in_question = excluded.in_question,
    ready = excluded.ready, shipped = excluded.shipped, completed = excluded.completed,
    cancelled = excluded.cancelled, returned = excluded.returned, settled = excluded.settled,
    completed_jpy = excluded.completed_jpy, returned_jpy = excluded.returned_jpy,
    refunded_jpy = excluded.refunded_jpy;

-- name: save_links
-- Writes which links orders have, beside whatever else is known of them.
UPDATE orders AS o SET progress = o.progress || n.links
FROM unnest($1::text[], $2::jsonb[]) AS n (order_id, links)
WHERE o.order_id = n.order_id;

-- name: save_returns
-- Writes returns, and when each was booked; one that was booked stays so, and has forgotten its customer.
INSERT INTO order_return (order_id, return_id, goods, booked_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::timestamptz[])
ON CONFLICT (order_id, return_id) DO UPDATE
SET booked_at = COALESCE(order_return.booked_at, excluded.booked_at), goods = excluded.goods;

-- name: lock_orders_after
-- Locks the next orders after one.
SELECT order_id FROM order_lock WHERE order_id > $1 ORDER BY order_id LIMIT $2 FOR UPDATE;

-- name: lock_linked_orders_after
-- Locks the next orders after one that have links.
SELECT l.order_id FROM order_lock AS l
JOIN orders AS o ON o.order_id = l.order_id
WHERE l.order_id > $1 AND o.progress -> 'links' <> '{}'
ORDER BY l.order_id LIMIT $2
FOR UPDATE OF l;

-- name: count_links
-- How many links are out.
SELECT count(*) FROM orders AS o CROSS JOIN LATERAL jsonb_object_keys(o.progress -> 'links');

-- name: read_update_times
-- When orders changed last.
SELECT order_id, updated_at FROM orders WHERE order_id = ANY($1::text[]);

-- name: count_orders
-- How many orders there are.
SELECT count(*) FROM orders;

-- name: open_orders
-- Which of these orders have not come to their end, or have money to be settled.
SELECT order_id FROM orders
WHERE order_id = ANY($1::text[]) AND status NOT IN ('completed', 'cancelled', 'rejected', 'returned')
UNION
SELECT order_id FROM task WHERE order_id = ANY($1::text[]) AND is_open;
