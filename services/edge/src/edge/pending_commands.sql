-- name: lock_pending_commands
-- Locks commands in the order of their keys.
SELECT p.command_type, p.command_id
FROM pending_command AS p
JOIN unnest($1::text[], $2::text[]) AS k (command_type, command_id)
  ON p.command_type = k.command_type AND p.command_id = k.command_id
ORDER BY p.command_type, p.command_id
FOR UPDATE OF p;

-- name: lock_record_key
-- Lets one request at a time write to the outbox under a record key.
SELECT pg_advisory_xact_lock(hashtextextended('record key ' || $1, 0));

-- name: insert_pending_command
-- Keeps a command; no row comes back where its id is taken.
INSERT INTO pending_command (command_type, command_id, message_id, holder, record_key, digest, body, traceparent,
                             given_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
RETURNING message_id;

-- name: read_pending_by_id
-- The command that has taken an id.
SELECT message_id, holder, digest FROM pending_command WHERE command_type = $1 AND command_id = $2;

-- name: read_waiting_commands
-- Which of these commands wait for their outcome.
SELECT p.command_type, p.command_id, p.message_id, p.holder, p.record_key, p.body ->> 'channel' AS channel
FROM pending_command AS p
JOIN unnest($1::text[], $2::text[]) AS k (command_type, command_id)
  ON p.command_type = k.command_type AND p.command_id = k.command_id
WHERE p.state = 'waiting';

-- name: settle_commands
-- Records the outcomes that have come back. A command that is not sent again is not kept: it may say who a customer is.
UPDATE pending_command AS p
SET body = NULL, state = s.state, answered_by = s.answered_by, reason = s.reason, detail = s.detail, settled_at = $6
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
     AS s (message_id, state, answered_by, reason, detail)
WHERE p.message_id = s.message_id;

-- name: read_commands_to_resend
-- Commands whose outcome is overdue, as they were given.
SELECT command_type, message_id, command_id, body, traceparent, times_resent, given_at
FROM pending_command
WHERE message_id = ANY($1::text[]) AND state = 'waiting';

-- name: count_resends
-- Records that commands were sent again.
UPDATE pending_command SET times_resent = times_resent + 1 WHERE message_id = ANY($1::text[]);

-- name: read_command
-- One command as its holder may see it.
SELECT command_type, command_id, message_id, state, answered_by, reason, detail, given_at, settled_at
FROM pending_command
WHERE message_id = $1 AND holder = $2;

-- name: measure_pending_commands
-- How many commands wait, and since when the oldest does.
SELECT count(*) AS waiting, extract(epoch FROM $1::timestamptz - min(given_at))::float8 AS oldest_seconds
FROM pending_command
WHERE state = 'waiting';

-- name: delete_settled_commands
-- Forgets commands settled long ago, some at a time.
WITH taken AS MATERIALIZED (
    SELECT message_id FROM pending_command WHERE state <> 'waiting' AND settled_at < $1 ORDER BY settled_at LIMIT $2
    FOR UPDATE SKIP LOCKED
)
DELETE FROM pending_command
WHERE message_id IN (SELECT message_id FROM taken);

-- name: try_lock_idempotency_key
-- Says whether no other request with this key is under way; holds the key until the transaction ends.
SELECT pg_try_advisory_xact_lock(hashtextextended('idempotency key ' || $1 || ' ' || $2, 0));

-- name: read_idempotent_request
-- What the first request with this key was, and how it was answered.
SELECT digest, answer FROM idempotent_request WHERE holder = $1 AND idempotency_key = $2;

-- name: insert_idempotent_request
-- Remembers a request and its answer.
INSERT INTO idempotent_request (holder, idempotency_key, digest, answer, answered_at) VALUES ($1, $2, $3, $4, $5);

-- name: delete_idempotent_requests
-- Forgets requests that nobody sends again, some at a time.
DELETE FROM idempotent_request
WHERE (holder, idempotency_key) IN (
    SELECT holder, idempotency_key FROM idempotent_request WHERE answered_at < $1 LIMIT $2
);

-- name: read_all_waiting_commands
-- Every command that waits for its outcome.
SELECT command_type, command_id, message_id, given_at, traceparent FROM pending_command WHERE state = 'waiting';
