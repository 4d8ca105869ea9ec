-- How far a service is, by its own tables.

-- name: taken_over
-- How many records of a topic are taken over, of how many partitions, and whether nothing is left to be done or sent.
SELECT coalesce(sum(next_offset), 0)::bigint AS handled, count(*) AS partitions,
       NOT EXISTS (SELECT FROM outbox)
       AND NOT EXISTS (SELECT FROM due_work WHERE due_at <= clock_timestamp()) AS is_settled
FROM consumed_offset WHERE topic = $1;

-- name: forget_the_log
-- The log that was read is gone, and so is the process that relayed: its successor need not wait for its lease.
TRUNCATE consumed_offset, relay_lease;

-- name: outbox
-- How many messages wait to be sent, and whether there is a relay that sends them.
SELECT coalesce(sum(records), 0)::bigint AS waiting, EXISTS (SELECT FROM relay_lease) AS is_led FROM outbox;
