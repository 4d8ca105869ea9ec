-- name: lock_followed_orders
-- Locks orders in the order of their ids; orders that were not placed here have no row.
SELECT order_id FROM followed_order WHERE order_id = ANY($1::text[]) ORDER BY order_id FOR UPDATE;

-- name: insert_followed_order
-- Begins to follow an order that is being placed here.
INSERT INTO followed_order (order_id, holder, channel, placed_at, place_message_id, changed_at)
VALUES ($1, $2, $3, $4, $5, $4)
ON CONFLICT DO NOTHING;

-- name: lock_own_order
-- Locks an order of a holder's own; no row for anybody else's.
SELECT order_id FROM followed_order WHERE order_id = $1 AND holder = $2 FOR UPDATE;

-- name: read_own_order
-- An order of a holder's own, with what became of placing it. Events and states come on topics of their own, either of
-- them first: it is over once both say so, or once it was refused, which has no state.
SELECT o.order_id, o.placed_at, o.state, o.version, c.version AS code_version,
       p.state AS command_state, p.reason, p.detail,
       o.ended AND coalesce(
           p.state = 'refused' OR o.state ->> 'status' IN ('rejected', 'cancelled', 'completed', 'returned'), false
       ) AS over
FROM followed_order AS o
LEFT JOIN pending_command AS p ON p.message_id = o.place_message_id
LEFT JOIN pickup_code AS c ON c.order_id = o.order_id
WHERE o.order_id = $1 AND o.holder = $2;

-- name: read_own_orders
-- The newest orders of a holder, with what became of placing them.
SELECT o.order_id, o.placed_at, o.state, p.state AS command_state, p.reason, p.detail
FROM followed_order AS o
LEFT JOIN pending_command AS p ON p.message_id = o.place_message_id
WHERE o.holder = $1
ORDER BY o.placed_at DESC, o.order_id
LIMIT $2;

-- name: read_owners_of_orders
-- Which of these orders are followed, and whose they are.
SELECT order_id, holder, channel FROM followed_order WHERE order_id = ANY($1::text[]);

-- name: insert_progress
-- Records what has happened to orders, in order.
INSERT INTO order_progress (order_id, name, data, ends)
SELECT n.order_id, n.name, n.data, n.ends
FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::boolean[]) WITH ORDINALITY AS n (order_id, name, data, ends, place)
ORDER BY n.place;

-- name: touch_orders
-- Records that news of orders has come, and which of them have ended.
UPDATE followed_order AS o
SET changed_at = $3, ended = o.ended OR n.ends
FROM (SELECT order_id, bool_or(ends) AS ends FROM unnest($1::text[], $2::boolean[]) AS u (order_id, ends)
      GROUP BY order_id) AS n
WHERE o.order_id = n.order_id;

-- name: keep_order_states
-- Keeps the newest state of each followed order of the same channel.
UPDATE followed_order AS o
SET state = n.state, version = n.version, changed_at = $5
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::jsonb[]) AS n (order_id, channel, version, state)
WHERE o.order_id = n.order_id AND o.channel = n.channel AND o.version < n.version;

-- name: read_progress
-- What has happened to an order since.
SELECT progress_id, name, data, ends
FROM order_progress
WHERE order_id = $1 AND progress_id > $2
ORDER BY progress_id
LIMIT $3;

-- name: read_latest_news
-- When each of these orders was last heard of, and the versions of its state and its pickup code.
SELECT o.order_id, (o.changed_at, o.version, c.version) AS news
FROM followed_order AS o
LEFT JOIN pickup_code AS c ON c.order_id = o.order_id
WHERE o.order_id = ANY($1::text[]);

-- name: is_decided
-- Whether the state of an order says what became of it: its events come on another topic, earlier.
SELECT EXISTS (
    SELECT FROM followed_order AS o
    LEFT JOIN pending_command AS p ON p.message_id = o.place_message_id
    WHERE o.order_id = $1 AND (o.state ->> 'status' <> 'placed' OR p.state = 'refused')
) AS decided;

-- name: keep_codes
-- Keeps the pickup codes of followed orders.
INSERT INTO pickup_code (order_id, version, token, digits, valid_until)
SELECT n.order_id, n.version, n.token, n.digits, n.valid_until
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
     AS n (order_id, version, token, digits, valid_until)
JOIN followed_order AS o ON o.order_id = n.order_id
ORDER BY n.order_id
ON CONFLICT (order_id) DO UPDATE
SET version = excluded.version, token = excluded.token, digits = excluded.digits, valid_until = excluded.valid_until
WHERE pickup_code.version < excluded.version;

-- name: forget_codes
-- Forgets pickup codes that are void.
DELETE FROM pickup_code WHERE order_id = ANY($1::text[]);

-- name: read_code
-- The pickup code of an order of a holder's own, while it is valid.
SELECT c.token, c.digits, c.valid_until
FROM pickup_code AS c
JOIN followed_order AS o ON o.order_id = c.order_id
WHERE c.order_id = $1 AND o.holder = $2 AND c.valid_until > $3;

-- name: delete_old_orders
-- Forgets orders that ended long ago, some at a time.
WITH taken AS MATERIALIZED (
    SELECT order_id FROM followed_order WHERE ended AND changed_at < $1 ORDER BY changed_at LIMIT $2
    FOR UPDATE SKIP LOCKED
)
DELETE FROM followed_order
WHERE order_id IN (SELECT order_id FROM taken);

-- name: delete_old_codes
-- Forgets pickup codes whose time is over.
DELETE FROM pickup_code WHERE valid_until < $1;
