-- The ledger as a file.

-- name: ledger
-- All movements in the order in which they were booked, without the numbers that the database gave them.
SELECT location_id, sku, type, quantity, staged, document_id, order_id, message_id, register_id, business_date,
       receipt_number, occurred_at, recorded_at, mark
FROM movement ORDER BY movement_id;
