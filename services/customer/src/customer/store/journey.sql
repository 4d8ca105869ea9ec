-- name: save_interests
-- The latest sign of interest per identifier and kind.
INSERT INTO interest (digest, kind, last_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
ON CONFLICT (digest, kind) DO UPDATE SET last_at = greatest(interest.last_at, excluded.last_at);

-- name: insert_open_orders
-- Orders placed and not yet ended.
INSERT INTO open_order (order_id, digest, placed_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[]) ON CONFLICT DO NOTHING;

-- name: end_open_orders
-- Orders of which no line is open any more.
DELETE FROM open_order WHERE order_id = ANY($1::text[]);

-- name: erase_interests
-- Forgets signs of interest.
DELETE FROM interest WHERE digest = ANY($1::text[]);

-- name: erase_open_orders
-- Forgets open orders.
DELETE FROM open_order WHERE digest = ANY($1::text[]);
