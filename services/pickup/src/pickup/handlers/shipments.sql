-- name: insert_missing_shipments
-- Makes sure that there is a row to lock, also for a shipment that a carrier speaks of first.
INSERT INTO shipment (shipment_id) SELECT s FROM unnest($1::text[]) AS s ORDER BY s ON CONFLICT DO NOTHING;

-- name: lock_shipments
-- Locks shipments in the order of their ids.
SELECT shipment_id FROM shipment WHERE shipment_id = ANY($1::text[]) ORDER BY shipment_id FOR UPDATE;

-- name: read_shipments
-- What was last said of shipments, and what carriers said.
SELECT shipment_id, version, tracking, said FROM shipment WHERE shipment_id = ANY($1::text[]);

-- name: read_passengers
-- The transfers of shipments. What has been received has left, also where nobody has said so.
SELECT t.shipment_id, t.transfer_id, CASE w.kind WHEN 'order' THEN t.work_id END AS order_id, t.from_location_id,
       t.to_location_id, t.carrier, t.owner, t.cost_jpy, t.ship_by, t.arrive_by, t.state,
       coalesce(t.shipped_at, CASE t.state WHEN 'received' THEN t.ended_at END) AS left_at,
       (SELECT coalesce(sum(greatest((c ->> 'shipped')::bigint, (c ->> 'received')::bigint)), 0)::bigint
        FROM jsonb_array_elements(t.counts) AS c) AS pieces
FROM transfer AS t
JOIN work AS w ON w.work_id = t.work_id
WHERE t.shipment_id = ANY($1::text[]);

-- name: save_said
-- Records what was said of shipments.
UPDATE shipment AS s SET version = n.version, said = n.said
FROM jsonb_populate_recordset(NULL::shipment, $1::jsonb) AS n
WHERE s.shipment_id = n.shipment_id;

-- name: save_trackings
-- Records what carriers said of shipments.
UPDATE shipment AS s SET tracking = n.tracking
FROM jsonb_populate_recordset(NULL::shipment, $1::jsonb) AS n
WHERE s.shipment_id = n.shipment_id;

-- name: lock_shipments_after
-- Locks the next shipments after one of which something was said.
SELECT shipment_id, version, said FROM shipment
WHERE shipment_id > $1 AND said IS NOT NULL ORDER BY shipment_id LIMIT $2
FOR UPDATE;

-- name: count_shipments
-- Of how many shipments something was said.
SELECT count(*) FROM shipment WHERE said IS NOT NULL;

-- name: count_unknown_shipments
-- Shipments that carriers speak of and nobody has planned.
SELECT count(*) FROM shipment WHERE said IS NULL;
