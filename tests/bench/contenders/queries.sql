-- What the contenders do per order, in PostgreSQL: the usual way, one transaction with SELECT … FOR UPDATE.

-- name: insert_order
-- Makes the order, unless it is there: a message that comes again changes nothing.
INSERT INTO orders (order_id, state, version, allocation_version, ready_by, wanted)
VALUES ($1, 'open', 1, 1, $2, $3::text::jsonb)
ON CONFLICT DO NOTHING RETURNING order_id;

-- name: lock_stock
-- Locks the rows of stock that an order needs, in one order, so that two orders never wait for each other crosswise.
SELECT sku, available, version FROM stock
WHERE location_id = $1 AND sku = ANY ($2::text[]) ORDER BY sku FOR UPDATE;

-- name: reserve
-- Takes the pieces.
UPDATE stock AS s SET reserved = s.reserved + n.quantity, version = s.version + 1
FROM unnest($2::text[], $3::integer[]) AS n (sku, quantity)
WHERE s.location_id = $1 AND s.sku = n.sku;

-- name: insert_allocations
-- Notes for whom the pieces are.
INSERT INTO allocation (order_id, allocation_id, state, place_id, line_id, sku, location_id, quantity)
SELECT $1, n.id, 'reserved', $2, n.line_id, n.sku, $2, n.quantity
FROM unnest($3::text[], $4::text[], $5::text[], $6::integer[]) AS n (id, line_id, sku, quantity);

-- name: reserve_order
-- All of the above in one call of the function in reserve_order.sql.
SELECT reserve_order($1, $2, $3, $4, $5, $6, $7, $8);
