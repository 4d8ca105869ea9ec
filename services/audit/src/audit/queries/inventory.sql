-- What inventory's database says.

-- name: stock
-- Every row of stock.
SELECT location_id, sku, on_hand, staged, reserved, held, unsellable, in_transit, announced, planned, available, version
FROM stock;

-- name: ledger
-- What the movements add up to, and what of it counts have corrected.
SELECT location_id, sku, sum(quantity)::bigint AS on_hand, sum(staged)::bigint AS staged,
       coalesce(sum(quantity) FILTER (WHERE type IN ('count', 'count_correction')), 0)::bigint AS counted
FROM movement GROUP BY location_id, sku;

-- name: bookings
-- What each message moved, apart from what counts correct.
SELECT message_id, location_id, sku, sum(quantity)::bigint AS quantity,
       coalesce(sum(staged) FILTER (WHERE type = 'pick'), 0)::bigint AS picked, min(document_id) AS document_id
FROM movement WHERE type NOT IN ('count', 'count_correction')
GROUP BY message_id, location_id, sku;

-- name: counts
-- What counts moved.
SELECT document_id, location_id, sku, sum(quantity)::bigint AS quantity, count(*) AS rows
FROM movement WHERE type = 'count' GROUP BY document_id, location_id, sku;

-- name: steps
-- When on hand changed, of some rows of stock.
SELECT m.location_id, m.sku, m.recorded_at, m.quantity
FROM unnest($1::text[], $2::text[]) AS k (location_id, sku)
JOIN movement AS m ON m.location_id = k.location_id AND m.sku = k.sku
WHERE m.quantity <> 0
ORDER BY m.location_id, m.sku, m.recorded_at, m.movement_id;

-- name: allocations
-- Where the goods of orders are.
SELECT order_id, allocation_id, state, place_id, location_id, sku, quantity FROM allocation;

-- name: holds
-- What carts hold. lines: [sku, quantity] each.
SELECT hold_id, state, version, location_id, lines FROM hold WHERE state <> 'unknown';

-- name: orders
-- Orders as far as inventory has spoken of them.
SELECT order_id, state, version FROM orders;

-- name: transfer_lines
-- What is on its way on each transfer, and where to.
SELECT transfer_id, to_location_id, sku, sum(greatest(0, shipped - received - lost))::bigint AS in_transit
FROM transfer_line GROUP BY transfer_id, to_location_id, sku;

-- name: deliveries
-- Deliveries from outside: what was announced and what came of it, SKU → pieces each.
SELECT delivery_id, state, location_id, announced, received FROM delivery;

-- name: tasks
-- Tasks as last published.
SELECT task_id, version, is_open FROM task;

-- name: stock_keys
-- The next rows of stock, in the order of their key.
SELECT location_id, sku FROM stock WHERE (location_id, sku) > ($1, $2) ORDER BY location_id, sku LIMIT $3;

-- name: balances
-- Some rows of stock, and what their movements add up to.
SELECT s.location_id, s.sku, s.on_hand, s.staged,
       coalesce(m.on_hand, 0) AS ledger_on_hand, coalesce(m.staged, 0) AS ledger_staged
FROM unnest($1::text[], $2::text[]) AS k (location_id, sku)
JOIN stock AS s ON s.location_id = k.location_id AND s.sku = k.sku
LEFT JOIN LATERAL (
    SELECT sum(quantity)::bigint AS on_hand, sum(staged)::bigint AS staged
    FROM movement WHERE location_id = k.location_id AND sku = k.sku
) AS m ON true;

-- name: reservations
-- Some rows of stock, and what orders reserve of them.
SELECT s.location_id, s.sku, s.reserved, coalesce(a.pieces, 0) AS allocated
FROM unnest($1::text[], $2::text[]) AS k (location_id, sku)
JOIN stock AS s ON s.location_id = k.location_id AND s.sku = k.sku
LEFT JOIN LATERAL (
    SELECT sum(quantity)::bigint AS pieces FROM allocation
    WHERE place_id = k.location_id AND sku = k.sku AND state = 'reserved'
) AS a ON true;

-- name: promisable
-- What can be promised of some rows of stock, of those that were ever told of.
SELECT s.location_id, s.sku, s.available, s.version
FROM unnest($1::text[], $2::text[]) AS k (location_id, sku)
JOIN stock AS s ON s.location_id = k.location_id AND s.sku = k.sku
WHERE s.version > 0;

-- name: order_ids
-- The next orders, in the order of their key.
SELECT order_id FROM orders WHERE order_id > $1 ORDER BY order_id LIMIT $2;

-- name: held_for_orders
-- What is held for some orders, by SKU; a row also for an order of which nothing is held.
SELECT o.order_id, o.version, a.sku, coalesce(sum(a.quantity), 0)::bigint AS held
FROM orders AS o
LEFT JOIN allocation AS a ON a.order_id = o.order_id AND a.state IN ('reserved', 'staged', 'in_transit')
WHERE o.order_id = ANY($1::text[])
GROUP BY o.order_id, o.version, a.sku;
