-- name: keep_views
-- Keeps the newest state of open orders.
INSERT INTO order_view (order_id, version, view, changed_at)
SELECT n.order_id, n.version, n.view, $4
FROM unnest($1::text[], $2::bigint[], $3::jsonb[]) AS n (order_id, version, view)
ORDER BY n.order_id
ON CONFLICT (order_id) DO UPDATE
SET version = excluded.version, view = excluded.view, changed_at = excluded.changed_at
WHERE order_view.version < excluded.version;

-- name: forget_views
-- Forgets orders that have ended.
DELETE FROM order_view WHERE order_id = ANY($1::text[]);

-- name: keep_links
-- Keeps the newest link of each order and purpose.
INSERT INTO order_link (order_id, purpose, version, token_hash, order_version, valid_until)
SELECT n.order_id, n.purpose, n.version, n.token_hash, n.order_version, n.valid_until
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::timestamptz[])
     AS n (order_id, purpose, version, token_hash, order_version, valid_until)
ORDER BY n.order_id, n.purpose
ON CONFLICT (order_id, purpose) DO UPDATE
SET version = excluded.version, token_hash = excluded.token_hash, order_version = excluded.order_version,
    valid_until = excluded.valid_until, void_at = NULL
WHERE order_link.version < excluded.version;

-- name: void_links
-- Notes that links are void.
UPDATE order_link AS l SET void_at = $3
FROM unnest($1::text[], $2::text[]) AS n (order_id, purpose)
WHERE l.order_id = n.order_id AND l.purpose = n.purpose;

-- name: read_link
-- The link with this token's hash, while its time is not over, with what is known of the order.
SELECT l.order_id, l.purpose, l.version, l.order_version, l.valid_until, l.void_at, v.view
FROM order_link AS l
LEFT JOIN order_view AS v ON v.order_id = l.order_id
WHERE l.token_hash = $1 AND l.valid_until > $2;

-- name: lock_link
-- Lets one answer at a time be given by a link.
SELECT order_id FROM order_link WHERE token_hash = $1 FOR UPDATE;

-- name: read_last_answer
-- What was answered last by a link, and what became of each command that it is.
SELECT a.number, a.answer, a.given_at,
       array_agg(p.state) FILTER (WHERE p.state IS NOT NULL) AS states,
       min(p.reason) AS reason
FROM link_answer AS a
LEFT JOIN pending_command AS p ON p.message_id = ANY(a.message_ids)
WHERE a.order_id = $1 AND a.purpose = $2 AND a.version = $3
GROUP BY a.number, a.answer, a.given_at
ORDER BY a.number DESC
LIMIT 1;

-- name: insert_answer
-- Keeps what was answered by a link.
INSERT INTO link_answer (order_id, purpose, version, number, answer, message_ids, given_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: read_products
-- What products are called.
SELECT sku, body ->> 'name_ja' AS name_ja, body ->> 'name_en' AS name_en FROM product WHERE sku = ANY($1::text[]);

-- name: read_places
-- What locations are called, where they are, and whether shoppers may collect there.
SELECT location_id, name_ja, name_en, address, latitude, longitude, pickup_enabled
FROM location WHERE location_id = ANY($1::text[]);

-- name: nearest_places
-- Where shoppers may collect, the nearest first: great-circle distance (haversine), but for what sets no order.
SELECT location_id
FROM location
WHERE pickup_enabled AND kind <> 'warehouse' AND location_id <> ALL($3::text[])
ORDER BY power(sin(radians(latitude - $1) / 2), 2)
         + cos(radians($1)) * cos(radians(latitude)) * power(sin(radians(longitude - $2) / 2), 2),
         location_id
LIMIT $4;

-- name: delete_old_links
-- Forgets links whose time is over, with their answers, some at a time.
WITH old AS MATERIALIZED (
    SELECT order_id, purpose FROM order_link WHERE valid_until < $1 ORDER BY valid_until LIMIT $2
    FOR UPDATE SKIP LOCKED
)
DELETE FROM order_link AS l USING old WHERE l.order_id = old.order_id AND l.purpose = old.purpose;

-- name: delete_old_views
-- Forgets orders of which nothing was heard for so long that they have no link any more, some at a time.
WITH old AS MATERIALIZED (SELECT order_id FROM order_view WHERE changed_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
DELETE FROM order_view AS v USING old WHERE v.order_id = old.order_id;
