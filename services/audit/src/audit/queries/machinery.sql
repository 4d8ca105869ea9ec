-- What the machinery keeps in every service's schema; search_path names the schema.

-- name: schemas
-- The schemas in which a service process works.
SELECT n.nspname AS schema
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relname = 'outbox' AND c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY n.nspname;

-- name: outbox_to_send
-- How many messages the relay has still to send.
SELECT coalesce(sum(coalesce(cardinality(unsent), records)), 0) AS number FROM outbox WHERE sent_at IS NULL;

-- name: outbox_left
-- Messages that were not sent: too old, or set aside because Kafka refuses them.
SELECT topic, coalesce(cardinality(unsent), records) || ' messages' AS key, NULL AS set_aside_reason,
       extract(epoch FROM clock_timestamp() - recorded_at)::float8 AS age_seconds
FROM outbox
WHERE sent_at IS NULL AND recorded_at < clock_timestamp() - $1::float8 * interval '1 second'
UNION ALL
SELECT topic, convert_from(key, 'UTF8'), reason, NULL FROM set_aside;

-- name: rebuilt
-- When everything was told again to another cluster last, if ever.
SELECT rebuilt_at FROM relay_lease WHERE rebuilt_at IS NOT NULL;

-- name: overdue
-- Work that should have been done by now.
SELECT kind, key, attempts, last_error, extract(epoch FROM clock_timestamp() - due_at)::float8 AS late_seconds
FROM due_work
WHERE due_at < clock_timestamp() - $1::float8 * interval '1 second'
ORDER BY due_at, kind, key;

-- name: dead_letters
-- What could not be handled, also what an operator has dealt with since.
SELECT topic, partition, log_offset, key, message_id, message_type, reason, detail, parks_key, state
FROM dead_letter
ORDER BY dead_letter_id;

-- name: consumed
-- How far each partition has been read.
SELECT topic, partition, next_offset FROM consumed_offset;

-- name: pending_commands
-- Commands that a channel's process still waits for.
SELECT command_type, command_id FROM pending_command
WHERE state = 'waiting' AND given_at < clock_timestamp() - $1::float8 * interval '1 second'
ORDER BY given_at;
