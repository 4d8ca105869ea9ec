-- name: read_hash_key
-- The key of the hashes of refs.
SELECT value FROM secret WHERE name = 'ref_hash';

-- name: make_hash_key
-- Makes the key of the hashes of refs, unless somebody has.
INSERT INTO secret (name, value) VALUES ('ref_hash', $1) ON CONFLICT DO NOTHING;

-- name: read_erased
-- Those of some refs whose persons were erased.
SELECT ref_hash FROM erased_ref WHERE ref_hash = ANY($1::bytea[]);

-- name: read_sightings
-- For each place, the sightings of a SKU in the window before an order, by any ref of the same customer.
SELECT n.place, s.activity_id, s.kind, s.location_id, s.at
FROM unnest($1::bigint[], $2::bytea[], $3::timestamptz[], $4::text[]) AS n (place, ref_hash, placed_at, sku)
CROSS JOIN LATERAL (
    SELECT n.ref_hash AS ref_hash
    UNION
    SELECT other.ref_hash FROM ref_owner AS own JOIN ref_owner AS other ON other.customer_id = own.customer_id
    WHERE own.ref_hash = n.ref_hash
) AS r
JOIN sighting AS s ON s.ref_hash = r.ref_hash AND s.sku = n.sku
WHERE s.at <= n.placed_at AND s.at > n.placed_at - $5::interval
ORDER BY n.place, s.activity_id;

-- name: insert_sightings
-- Keeps where customers were seen.
INSERT INTO sighting (activity_id, ref_hash, kind, location_id, sku, at)
SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
    AS n (activity_id, ref_hash, kind, location_id, sku, at)
ORDER BY activity_id ON CONFLICT DO NOTHING;

-- name: delete_old_sightings
-- Deletes some sightings that count for nothing any more; those that another transaction deletes are left to it.
DELETE FROM sighting WHERE activity_id IN (
    SELECT activity_id FROM sighting WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED
);

-- name: read_sales_of_sightings
-- Some sales for which one of some sightings counts, and did not when they were credited.
SELECT d.sale_id, min(s.activity_id) AS activity_id
FROM sighting AS s
CROSS JOIN LATERAL (
    SELECT s.ref_hash AS ref_hash
    UNION
    SELECT other.ref_hash FROM ref_owner AS own JOIN ref_owner AS other ON other.customer_id = own.customer_id
    WHERE own.ref_hash = s.ref_hash
) AS r
JOIN sale_document AS d ON d.ref_hash = r.ref_hash
WHERE s.activity_id = ANY($1::text[])
  AND (d.basis ->> 'placed_at')::timestamptz >= greatest(s.at, $3)
  AND (d.basis ->> 'placed_at')::timestamptz < s.at + $2::interval
  AND EXISTS (SELECT FROM jsonb_array_elements(d.lines) AS line WHERE line ->> 1 = s.sku)
  AND NOT d.sightings ? s.activity_id
GROUP BY d.sale_id ORDER BY d.sale_id LIMIT $4;

-- name: read_sales_of_customers
-- Some sales of customers whose sightings are not those that count for them by now.
SELECT d.sale_id, min(o.customer_id) AS customer_id
FROM ref_owner AS o
JOIN sale_document AS d ON d.ref_hash = o.ref_hash
WHERE o.customer_id = ANY($1::text[]) AND (d.basis ->> 'placed_at')::timestamptz >= $3
  AND ARRAY(
      SELECT s.activity_id
      FROM ref_owner AS p JOIN sighting AS s ON s.ref_hash = p.ref_hash
      WHERE p.customer_id = o.customer_id
        AND s.at <= (d.basis ->> 'placed_at')::timestamptz
        AND s.at > (d.basis ->> 'placed_at')::timestamptz - $2::interval
        AND EXISTS (SELECT FROM jsonb_array_elements(d.lines) AS line WHERE line ->> 1 = s.sku)
      ORDER BY s.activity_id
  ) <> ARRAY(SELECT k FROM jsonb_object_keys(d.sightings) AS k ORDER BY k)
GROUP BY d.sale_id ORDER BY d.sale_id LIMIT $4;

-- name: upsert_owners
-- Keeps whose refs are, by the latest event.
INSERT INTO ref_owner AS o (ref_hash, customer_id, sequence)
SELECT n.ref_hash, n.customer_id, n.sequence
FROM unnest($1::bytea[], $2::text[], $3::bigint[]) AS n (ref_hash, customer_id, sequence)
WHERE NOT EXISTS (SELECT FROM erased_ref AS e WHERE e.ref_hash = n.ref_hash)
ORDER BY n.ref_hash
ON CONFLICT (ref_hash) DO UPDATE
SET customer_id = excluded.customer_id, sequence = excluded.sequence WHERE o.sequence < excluded.sequence;

-- name: insert_erased
-- Keeps that the persons behind some refs were erased.
INSERT INTO erased_ref (ref_hash, erased_at)
SELECT h, $2 FROM unnest($1::bytea[]) AS h ORDER BY h ON CONFLICT DO NOTHING;

-- name: delete_sightings_of
-- Deletes where some refs were seen.
DELETE FROM sighting WHERE ref_hash = ANY($1::bytea[]);

-- name: delete_owners
-- Forgets whose some refs were.
DELETE FROM ref_owner WHERE ref_hash = ANY($1::bytea[]);

-- name: forget_buyers
-- Takes buyers off their sales, which stay credited as they are.
UPDATE sale_document SET ref_hash = NULL WHERE ref_hash = ANY($1::bytea[]);
