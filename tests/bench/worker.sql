-- How far a service is, by its own tables.

-- name: taken_over
-- How many records of a topic are taken over and need no second step, of how many partitions, and whether nothing is
-- left to be done or sent.
WITH second_step AS (SELECT count(*) AS waiting FROM due_work WHERE due_at <= clock_timestamp())
SELECT coalesce(sum(next_offset), 0)::bigint - max(s.waiting) AS handled, count(next_offset) AS partitions,
       max(s.waiting) = 0 AND NOT EXISTS (SELECT FROM outbox WHERE sent_at IS NULL) AS is_settled
FROM second_step AS s LEFT JOIN consumed_offset ON topic = $1;

-- name: forget_the_log
-- The log that was read is gone, and so is the process that relayed: its successor need not wait for its lease.
TRUNCATE consumed_offset, relay_lease;

-- name: outbox
-- How many messages wait to be sent, and whether there is a relay that sends them.
SELECT coalesce(sum(coalesce(cardinality(unsent), records)), 0)::bigint AS waiting,
       EXISTS (SELECT FROM relay_lease WHERE expires_at > clock_timestamp()) AS is_led
FROM outbox WHERE sent_at IS NULL;
