-- name: read_orders
-- What is known of some orders.
SELECT order_id, channel, location_ids FROM order_seen WHERE order_id = ANY($1::text[]);

-- name: update_orders
-- Keeps channel and locations of orders.
UPDATE order_seen AS o SET channel = n.channel, location_ids = string_to_array(n.location_ids, ':')
FROM unnest($1::text[], $2::text[], $3::text[]) AS n (order_id, channel, location_ids)
WHERE o.order_id = n.order_id;

-- name: read_steps
-- The steps that some orders have taken.
SELECT order_id, step FROM order_step WHERE order_id = ANY($1::text[]);

-- name: insert_steps
-- Adds steps of orders, counted or waiting.
INSERT INTO order_step (order_id, step, location_ids, business_day, counted)
SELECT order_id, step, string_to_array(location_ids, ':'), business_day, counted
FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::boolean[])
     AS n (order_id, step, location_ids, business_day, counted);

-- name: count_waiting_steps
-- Takes the steps that have waited for the channel of their order.
UPDATE order_step AS s SET counted = true
FROM order_seen AS o
WHERE s.order_id = ANY($1::text[]) AND NOT s.counted AND o.order_id = s.order_id AND o.channel IS NOT NULL
RETURNING s.order_id, s.step, s.location_ids, s.business_day;
