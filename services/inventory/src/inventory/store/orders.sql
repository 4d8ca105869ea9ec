-- Orders and what is kept for them.

-- name: read_orders
-- Orders as far as stock is concerned.
SELECT o.* FROM unnest($1::text[]) AS k (order_id)
CROSS JOIN LATERAL (SELECT * FROM orders AS o WHERE o.order_id = k.order_id LIMIT 1) AS o;

-- name: read_allocations
-- Where the goods of orders are.
SELECT a.* FROM unnest($1::text[]) AS k (order_id)
CROSS JOIN LATERAL (SELECT * FROM allocation AS a WHERE a.order_id = k.order_id OFFSET 0) AS a;

-- name: save_orders
-- Writes locked orders.
INSERT INTO orders (order_id, state, version, allocation_version, allow_partial, is_prepaid, hold_id, ready_by, wanted)
SELECT order_id, state, version, allocation_version, allow_partial, is_prepaid, hold_id, ready_by, wanted::jsonb
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::boolean[], $6::boolean[], $7::text[],
            $8::timestamptz[], $9::text[])
     AS n (order_id, state, version, allocation_version, allow_partial, is_prepaid, hold_id, ready_by, wanted)
ON CONFLICT (order_id) DO UPDATE
SET state = excluded.state, version = excluded.version, allocation_version = excluded.allocation_version,
    allow_partial = excluded.allow_partial, is_prepaid = excluded.is_prepaid, hold_id = excluded.hold_id,
    ready_by = excluded.ready_by, wanted = excluded.wanted;

-- name: insert_orders
-- Writes orders that are new; returns how many were.
WITH written AS (
    INSERT INTO orders (order_id, state, version, allocation_version, allow_partial, is_prepaid, hold_id, ready_by,
                        wanted)
    SELECT order_id, state, version, allocation_version, allow_partial, is_prepaid, hold_id, ready_by, wanted::jsonb
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::boolean[], $6::boolean[], $7::text[],
                $8::timestamptz[], $9::text[])
         AS n (order_id, state, version, allocation_version, allow_partial, is_prepaid, hold_id, ready_by, wanted)
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM written;

-- name: save_allocations
-- Writes where goods of allocations have moved; whose promise is older does not change by that.
INSERT INTO allocation (order_id, allocation_id, state, place_id, line_id, sku, location_id, quantity, decided_no)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::integer[], $9::bigint[])
ON CONFLICT (order_id, allocation_id, state, place_id) DO UPDATE SET quantity = excluded.quantity;

-- name: delete_allocations
-- Ends parts of allocations that hold nothing any more.
DELETE FROM allocation
USING (
    SELECT a.ctid
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS k (order_id, allocation_id, state, place_id)
    CROSS JOIN LATERAL (
        SELECT a.ctid FROM allocation AS a
        WHERE a.order_id = k.order_id AND a.allocation_id = k.allocation_id AND a.state = k.state
          AND a.place_id = k.place_id
        LIMIT 1
    ) AS a
) AS gone
WHERE allocation.ctid = gone.ctid;
