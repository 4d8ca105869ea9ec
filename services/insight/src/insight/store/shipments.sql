-- name: read_shipments
-- The highest versions of some shipments so far, and what is booked for them.
SELECT shipment_id, version, owner, business_day, cost_jpy FROM shipment_seen WHERE shipment_id = ANY($1::text[]);

-- name: update_shipments
-- Keeps the highest versions of shipments, and what is booked for them.
UPDATE shipment_seen AS s
SET version = n.version, owner = n.owner, business_day = n.business_day, cost_jpy = n.cost_jpy
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::date[], $5::bigint[])
    AS n (shipment_id, version, owner, business_day, cost_jpy)
WHERE s.shipment_id = n.shipment_id;
