-- What order's database says.

-- name: orders
-- Every order.
SELECT order_id, payment, status, version FROM orders;

-- name: lines
-- Every line of every order.
SELECT order_id, line_id, sku, quantity, unit_price_jpy, completed, cancelled, returned, refunded_jpy FROM order_line;

-- name: waiting_returns
-- Returns that still wait for their handover.
SELECT order_id, return_id FROM order_return WHERE booked_at IS NULL;
