-- Deliveries from outside: what was announced of them, and what has come.

-- name: insert_missing_deliveries
-- Makes sure that there is a delivery to lock.
INSERT INTO delivery (delivery_id) SELECT k FROM unnest($1::text[]) AS k ON CONFLICT DO NOTHING;

-- name: lock_deliveries
-- Locks deliveries in the order given.
SELECT FROM unnest($1::text[]) AS k (delivery_id)
CROSS JOIN LATERAL (SELECT FROM delivery AS d WHERE d.delivery_id = k.delivery_id FOR UPDATE) AS d;

-- name: read_deliveries
-- Deliveries.
SELECT d.* FROM unnest($1::text[]) AS k (delivery_id)
CROSS JOIN LATERAL (SELECT * FROM delivery AS d WHERE d.delivery_id = k.delivery_id LIMIT 1) AS d;

-- name: save_deliveries
-- Writes locked deliveries.
INSERT INTO delivery (delivery_id, state, location_id, announced, received)
SELECT delivery_id, state, location_id, announced::jsonb, received::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
     AS n (delivery_id, state, location_id, announced, received)
ON CONFLICT (delivery_id) DO UPDATE
SET state = excluded.state, location_id = excluded.location_id, announced = excluded.announced,
    received = excluded.received;
