-- name: read_hash_key
-- The key of the hashes of refs.
SELECT value FROM secret WHERE name = 'ref_hash';

-- name: make_hash_key
-- Makes the key of the hashes of refs, unless somebody has.
INSERT INTO secret (name, value) VALUES ('ref_hash', $1) ON CONFLICT DO NOTHING;

-- name: save_erased
-- Keeps when persons were erased; who has come back and is erased once more, at the later time.
INSERT INTO erased_ref AS e (ref_hash, erased_at)
SELECT n.ref_hash, n.erased_at FROM unnest($1::bytea[], $2::timestamptz[]) AS n (ref_hash, erased_at)
ORDER BY n.ref_hash
ON CONFLICT (ref_hash) DO UPDATE SET erased_at = greatest(e.erased_at, excluded.erased_at);

-- name: read_erased
-- Which of some refs, each named at a time, were erased then or later.
SELECT n.place
FROM unnest($1::bigint[], $2::bytea[], $3::timestamptz[]) AS n (place, ref_hash, named_at)
JOIN erased_ref AS e ON e.ref_hash = n.ref_hash AND e.erased_at >= n.named_at;

-- name: orders_naming
-- The next orders after one that were placed until a time and name one of some refs.
SELECT order_id FROM orders
WHERE (customer_ref = ANY($1::text[]) OR recipient_ref = ANY($1::text[])) AND placed_at <= $2 AND order_id > $3
ORDER BY order_id LIMIT $4;
