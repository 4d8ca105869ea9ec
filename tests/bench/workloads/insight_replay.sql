-- What has to hold once insight has been told of orders that were all collected.

-- name: dead_letters
-- Messages that could not be handled.
SELECT count(*) FROM dead_letter;

-- name: is_published
-- Whether no figure waits to be changed, and no message to be sent.
SELECT NOT EXISTS (SELECT FROM kpi_change) AND NOT EXISTS (SELECT FROM outbox WHERE sent_at IS NULL);

-- name: credited_jpy
-- Yen that sales say are credited.
SELECT coalesce(sum(credited_jpy), 0)::bigint FROM sale;

-- name: entered_jpy
-- Yen that the ledger's entries come to.
SELECT coalesce(sum(amount_jpy), 0)::bigint FROM credit_entry;

-- name: figure
-- What a figure comes to.
SELECT amount FROM kpi WHERE name = $1 AND scope = $2 AND period = $3;
