-- What order's database says.

-- name: orders
-- Every order.
SELECT order_id, payment, status, version FROM orders;

-- name: lines
-- Every line of every order.
SELECT order_id, line_id, sku, quantity, unit_price_jpy, completed, cancelled, returned, completed_jpy,
       refunded_jpy
FROM order_line;

-- name: waiting_returns
-- Returns that still wait for their handover.
SELECT order_id, return_id FROM order_return WHERE booked_at IS NULL;

-- name: tasks
-- Tasks as last published.
SELECT task_id, version, is_open FROM task;

-- name: questions
-- Orders whose shopper is asked something, or has a link to answer by: until when each.
SELECT order_id, choice_answer_by, (progress->'links'->'choice'->>'valid_until')::timestamptz AS link_until
FROM orders
WHERE choice_answer_by IS NOT NULL OR progress->'links' ? 'choice';

-- name: order_ids
-- The next orders, in the order of their key.
SELECT order_id FROM orders WHERE order_id > $1 ORDER BY order_id LIMIT $2;

-- name: pieces_of_orders
-- Of some orders, by SKU: pieces that are promised and still in the house, and pieces that have left it.
SELECT o.order_id, o.version, l.sku,
       sum(CASE WHEN o.stage = 'confirmed'
           THEN l.quantity - l.completed - l.cancelled - l.in_question - l.shipped ELSE 0 END)::bigint AS promised,
       sum(l.completed + l.shipped + l.settled)::bigint AS gone
FROM orders AS o
JOIN order_line AS l ON l.order_id = o.order_id
WHERE o.order_id = ANY($1::text[])
GROUP BY o.order_id, o.version, l.sku;
