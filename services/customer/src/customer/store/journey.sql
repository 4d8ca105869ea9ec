-- name: save_interests
-- Signs of interest of a day: its first and its last, in whatever order they come.
INSERT INTO interest (digest, kind, channel, day, first_at, last_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::timestamptz[], $6::timestamptz[])
ON CONFLICT (digest, kind, channel, day) DO UPDATE SET
    first_at = least(interest.first_at, excluded.first_at), last_at = greatest(interest.last_at, excluded.last_at);

-- name: delete_old_interests
-- Forgets signs of before $1, some at once.
DELETE FROM interest WHERE ctid IN (SELECT ctid FROM interest WHERE first_at < $1 ORDER BY first_at LIMIT $2);

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
