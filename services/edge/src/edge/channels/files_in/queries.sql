-- name: claim_file
-- Takes a file on; no row comes back while somebody else is at it.
INSERT INTO dropped_file AS f (channel, digest, name, begun_at, leased_until) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (channel, digest) DO UPDATE SET leased_until = excluded.leased_until
WHERE f.finished_at IS NOT NULL OR f.leased_until <= excluded.begun_at
RETURNING f.finished_at;

-- name: finish_file
-- Records that all orders of a file are taken; no row comes back where they were already.
UPDATE dropped_file SET finished_at = $3 WHERE channel = $1 AND digest = $2 AND finished_at IS NULL
RETURNING digest;

-- name: read_dropped_orders
-- What became of these orders of a file.
SELECT order_id, outcome FROM dropped_order WHERE channel = $1 AND digest = $2 AND order_id = ANY($3::text[]);

-- name: insert_dropped_orders
-- Records what became of orders of a file.
INSERT INTO dropped_order (channel, digest, order_id, outcome)
SELECT $1::text, $2::text, n.order_id, n.outcome FROM unnest($3::text[], $4::text[]) AS n (order_id, outcome)
ON CONFLICT DO NOTHING;

-- name: delete_old_files
-- Forgets files that were taken long ago, some at a time.
DELETE FROM dropped_file
WHERE (channel, digest) IN (
    SELECT channel, digest FROM dropped_file WHERE begun_at < $1 ORDER BY begun_at LIMIT $2
);
