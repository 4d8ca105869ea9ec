-- name: lock_channel_orders
-- Locks orders in the order of their ids; orders that are not here have no row.
SELECT order_id FROM channel_order WHERE order_id = ANY($1::text[]) ORDER BY order_id FOR UPDATE;

-- name: insert_channel_order
-- Notes an order that its site says; no row comes back where it is here already.
INSERT INTO channel_order (order_id, channel, first_at, changed_at) VALUES ($1, $2, $3, $3)
ON CONFLICT DO NOTHING
RETURNING order_id;

-- name: insert_told_orders
-- Notes orders that order tells of and no site has said here; returns those that are new.
INSERT INTO channel_order (order_id, channel, first_at, changed_at)
SELECT n.order_id, n.channel, $3::timestamptz, $3::timestamptz
FROM unnest($1::text[], $2::text[]) AS n (order_id, channel)
ORDER BY n.order_id
ON CONFLICT DO NOTHING
RETURNING order_id;

-- name: is_channel_order
-- Whether an order of a channel's own is here.
SELECT EXISTS (SELECT FROM channel_order WHERE order_id = $1 AND channel = $2);

-- name: read_channels_of_orders
-- Which of these orders are here, and whose they are.
SELECT order_id, channel FROM channel_order WHERE order_id = ANY($1::text[]);

-- name: touch_orders
-- Records that news of orders has come, and which of them have ended.
UPDATE channel_order AS o
SET changed_at = $3, ended = o.ended OR n.ends
FROM (SELECT order_id, bool_or(ends) AS ends FROM unnest($1::text[], $2::boolean[]) AS u (order_id, ends)
      GROUP BY order_id) AS n
WHERE o.order_id = n.order_id;

-- name: delete_old_orders
-- Forgets orders that ended long ago, some at a time.
WITH taken AS MATERIALIZED (
    SELECT order_id FROM channel_order WHERE ended AND changed_at < $1 ORDER BY changed_at LIMIT $2
    FOR UPDATE SKIP LOCKED
)
DELETE FROM channel_order
WHERE order_id IN (SELECT order_id FROM taken);

-- name: hold_cancellation
-- Keeps a cancellation until its order is here; no row comes back where it is kept already.
INSERT INTO held_cancellation (order_id, cancel_id, channel, occurred_at, body, held_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING cancel_id;

-- name: take_held_cancellations
-- Takes out what waits for an order, in the order in which it was asked for.
WITH taken AS (
    DELETE FROM held_cancellation AS h
    USING channel_order AS o
    WHERE h.order_id = $1 AND o.order_id = h.order_id AND o.channel = h.channel
    RETURNING h.occurred_at, h.cancel_id, h.body
)
SELECT body FROM taken ORDER BY occurred_at, cancel_id;

-- name: read_orders_with_held_cancellations
-- For which of these orders a cancellation waits.
SELECT DISTINCT order_id FROM held_cancellation WHERE order_id = ANY($1::text[]);

-- name: forget_held_cancellations
-- Forgets cancellations that have waited too long, some at a time, and returns them.
WITH taken AS MATERIALIZED (
    SELECT order_id, cancel_id FROM held_cancellation WHERE held_at < $1 ORDER BY held_at LIMIT $2
    FOR UPDATE SKIP LOCKED
)
DELETE FROM held_cancellation
WHERE (order_id, cancel_id) IN (SELECT order_id, cancel_id FROM taken)
RETURNING channel, order_id;
