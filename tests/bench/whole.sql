-- How far the services are, and what has to hold in their tables at the end of a run.

-- name: progress
-- How many records of each topic a service has taken over, and whether anything waits to be sent, or to be done within $1
-- seconds.
SELECT topic, sum(next_offset)::bigint AS taken_over,
       EXISTS (SELECT FROM outbox WHERE sent_at IS NULL)
       OR EXISTS (SELECT FROM due_work WHERE due_at <= clock_timestamp() + $1::float8 * interval '1 second') AS is_busy
FROM consumed_offset GROUP BY topic;

-- name: dead_letters
-- Messages that a service could not handle.
SELECT count(*) FROM dead_letter;

-- name: orders_by_status
-- How many orders stand where, in the order service.
SELECT status, count(*) AS orders FROM orders GROUP BY status;

-- name: rows_off_the_ledger
-- Rows of stock that are not what they began with ($1 pieces, or none) and what their movements add up to.
SELECT count(*) FROM stock AS s
LEFT JOIN (
    SELECT location_id, sku, sum(quantity) AS quantity, sum(staged) AS staged FROM movement GROUP BY location_id, sku
) AS m USING (location_id, sku)
WHERE s.on_hand - coalesce(m.quantity, 0) NOT IN (0, $1::integer) OR s.staged <> coalesce(m.staged, 0);

-- name: pieces_kept
-- Pieces that are still promised, set aside or on their way.
SELECT coalesce(sum(reserved + staged + in_transit + planned), 0)::bigint FROM stock
WHERE reserved + staged + in_transit + planned <> 0;

-- name: purchases
-- Purchases of which the customer has something; a receipt of ordered goods only has nothing of its own.
SELECT count(*) FROM purchase WHERE kept_pieces > 0;

-- name: sales
-- Sales that insight has credited to somebody.
SELECT count(DISTINCT sale_id) FROM credit_entry;
