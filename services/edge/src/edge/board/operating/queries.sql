-- name: keep_conditions
-- Keeps the newest condition of each process.
INSERT INTO condition (service, instance, version, told_at, body)
SELECT n.service, n.instance, n.version, n.told_at, n.body
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::jsonb[])
     AS n (service, instance, version, told_at, body)
ORDER BY n.service, n.instance
ON CONFLICT (service, instance) DO UPDATE
SET version = excluded.version, told_at = excluded.told_at, body = excluded.body
WHERE condition.version < excluded.version;

-- name: read_conditions
-- How all processes are, the newest of each service first.
SELECT body FROM condition ORDER BY service, told_at DESC, instance LIMIT $1;

-- name: delete_old_conditions
-- Forgets processes that are gone, unless nobody took their place: a service that is silent stays to be seen.
DELETE FROM condition AS c
WHERE c.told_at < $1
  AND EXISTS (SELECT FROM condition AS o WHERE o.service = c.service AND o.told_at > c.told_at);

-- name: keep_worth
-- Keeps what orders are worth by their newest version.
INSERT INTO order_worth (order_id, version, amount_jpy, updated_at)
SELECT n.order_id, n.version, n.amount_jpy, n.updated_at
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::timestamptz[])
     AS n (order_id, version, amount_jpy, updated_at)
ORDER BY n.order_id
ON CONFLICT (order_id) DO UPDATE
SET version = excluded.version, amount_jpy = excluded.amount_jpy, updated_at = excluded.updated_at
WHERE order_worth.version < excluded.version;

-- name: forget_worth
-- Forgets orders that were deleted.
DELETE FROM order_worth WHERE order_id = ANY($1::text[]);

-- name: read_worth
-- What some orders are worth.
SELECT order_id, amount_jpy FROM order_worth WHERE order_id = ANY($1::text[]);

-- name: delete_old_worth
-- Forgets orders that nothing has happened to for long, a bounded number at a time.
DELETE FROM order_worth WHERE order_id IN (
    SELECT order_id FROM order_worth WHERE updated_at < $1 ORDER BY updated_at LIMIT $2
);
