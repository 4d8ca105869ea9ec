-- name: lock_offsets
-- Locks the offset rows of a batch's partitions, in order: the fence against a worker that lost its partition.
SELECT topic, partition, cluster_id, topic_id, next_offset, replay
FROM consumed_offset
WHERE topic = $1 AND partition = ANY($2::int[])
ORDER BY partition
FOR UPDATE;

-- name: read_offsets
-- Where reading goes on after an assignment.
SELECT partition, cluster_id, topic_id, next_offset, replay
FROM consumed_offset
WHERE topic = $1 AND partition = ANY($2::int[]);

-- name: read_replays
-- How many times each partition has been read again on an operator's word.
SELECT topic, partition, replay FROM consumed_offset;

-- name: lock_replayed
-- Locks what has been read beyond these offsets of these logs.
SELECT o.topic, o.partition, n.from_offset, o.next_offset
FROM unnest($1::text[], $2::int[], $3::uuid[], $4::bigint[]) AS n (topic, partition, topic_id, from_offset)
JOIN consumed_offset AS o ON o.topic = n.topic AND o.partition = n.partition
WHERE o.topic_id = n.topic_id AND o.next_offset > n.from_offset
ORDER BY o.topic, o.partition
FOR UPDATE OF o;

-- name: read_again
-- Has partitions read again from earlier offsets.
UPDATE consumed_offset AS o
SET next_offset = n.from_offset, replay = o.replay + 1, recorded_at = clock_timestamp()
FROM unnest($1::text[], $2::int[], $3::bigint[]) AS n (topic, partition, from_offset)
WHERE o.topic = n.topic AND o.partition = n.partition;

-- name: how_far
-- How far every partition has been read.
SELECT topic, partition, next_offset FROM consumed_offset;

-- name: begin_log
-- Starts a log that is new to this service, or that took the place of another one.
INSERT INTO consumed_offset (topic, partition, cluster_id, topic_id, next_offset, recorded_at)
VALUES ($1, $2, $3, $4, $5, clock_timestamp())
ON CONFLICT (topic, partition) DO UPDATE
SET cluster_id = excluded.cluster_id, topic_id = excluded.topic_id, next_offset = excluded.next_offset,
    recorded_at = excluded.recorded_at;

-- name: advance_offsets
-- Records how far each partition of the batch has been taken over.
UPDATE consumed_offset AS o
SET next_offset = n.next_offset, recorded_at = $4
FROM unnest($2::int[], $3::bigint[]) AS n (partition, next_offset)
WHERE o.topic = $1 AND o.partition = n.partition;

-- name: insert_inbox
-- Takes messages over once; a row that comes back is new.
INSERT INTO inbox (topic, id, source, digest, received_at)
SELECT $1, m.id, m.source, m.digest, $5
FROM unnest($2::text[], $3::text[], $4::bytea[]) AS m (id, source, digest)
ORDER BY m.id, m.source
ON CONFLICT DO NOTHING
RETURNING id, source;

-- name: read_inbox
-- What was taken over before under the same identity.
SELECT i.id, i.source, i.digest
FROM unnest($2::text[], $3::text[]) AS m (id, source)
JOIN inbox AS i ON i.topic = $1 AND i.id = m.id AND i.source = m.source;

-- name: delete_old_inbox
-- Forgets messages that no topic keeps any more.
DELETE FROM inbox WHERE received_at < $1;

-- name: insert_documents
-- Records natural ids for ever; a row that comes back is new.
INSERT INTO document (type, id, digest, recorded_at)
SELECT d.type, d.id, d.digest, $4
FROM unnest($1::text[], $2::text[], $3::bytea[]) AS d (type, id, digest)
ORDER BY d.type, d.id
ON CONFLICT DO NOTHING
RETURNING type, id;

-- name: read_documents
-- The body that a natural id came with first.
SELECT d.type, d.id, d.digest
FROM unnest($1::text[], $2::text[]) AS m (type, id)
JOIN document AS d USING (type, id);

-- name: parked_keys_among
-- Which of these keys wait for an earlier message.
SELECT DISTINCT key FROM dead_letter WHERE topic = $1 AND key = ANY($2::bytea[]) AND state = 'waiting' AND parks_key;

-- name: count_parked_keys
-- How many keys of a topic wait.
SELECT count(DISTINCT key) FROM dead_letter WHERE topic = $1 AND state = 'waiting' AND parks_key;

-- name: insert_dead_letters
-- Keeps records that could not be handled, in the order of the log.
INSERT INTO dead_letter (topic, partition, log_offset, key, value, headers, message_id, message_type, reason, detail,
                         parks_key, recorded_at, affected)
SELECT $1, d.partition, d.log_offset, d.key, d.value, d.headers, d.message_id, d.message_type, d.reason, d.detail,
       d.parks_key, $12, d.affected
FROM unnest($2::int[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::boolean[], $13::jsonb[])
     WITH ORDINALITY AS d (partition, log_offset, key, value, headers, message_id, message_type, reason, detail,
                           parks_key, affected, ordinal)
ORDER BY d.ordinal;

-- name: list_dead_letters
-- What an operator sees first: the waiting ones, oldest first; the next page begins after the last one seen.
SELECT dead_letter_id, topic, partition, log_offset, key, message_id, message_type, reason, detail, parks_key, state,
       attempts, recorded_at, settled_at, settled_note
FROM dead_letter
WHERE ($1::text IS NULL OR topic = $1) AND ($2::boolean OR state = 'waiting') AND dead_letter_id > $4
ORDER BY dead_letter_id
LIMIT $3;

-- name: dead_letters_by_reason
-- What waits, by what went wrong with it, and what of the business it is about; only so many of those that wait are
-- looked at. The oldest of each group stands for it.
WITH waiting AS MATERIALIZED (
    SELECT dead_letter_id, topic, key, coalesce(message_type, '') AS type, reason, parks_key, recorded_at, affected
    FROM dead_letter WHERE state = 'waiting' ORDER BY topic, key, dead_letter_id LIMIT $1
),
groups AS (
    SELECT topic, type, reason, count(*) AS waiting, count(DISTINCT key) FILTER (WHERE parks_key) AS parked_keys,
           min(recorded_at) AS oldest_at, min(dead_letter_id) AS first_id,
           sum((affected ->> 'amount_jpy')::bigint)::bigint AS amount_jpy, (sum(count(*)) OVER ())::bigint AS looked_at
    FROM waiting GROUP BY topic, type, reason
),
orders AS (
    SELECT topic, type, reason, count(*) AS total, array_agg(id ORDER BY id) AS ids, array_agg(yen ORDER BY id) AS yen
    FROM (
        SELECT topic, type, reason, o.key AS id, max(o.value::bigint) AS yen
        FROM waiting, jsonb_each_text(affected -> 'orders') AS o GROUP BY topic, type, reason, o.key
    ) AS each_order
    GROUP BY topic, type, reason
),
locations AS (
    SELECT topic, type, reason, array_agg(DISTINCT id) AS ids
    FROM waiting, jsonb_array_elements_text(affected -> 'location_ids') AS id GROUP BY topic, type, reason
)
SELECT g.topic, nullif(g.type, '') AS message_type, g.reason, g.waiting, g.parked_keys, g.oldest_at, g.first_id,
       g.amount_jpy, g.looked_at, coalesce(o.total, 0) AS orders_total, coalesce(o.ids[1:$3], '{}') AS order_ids,
       coalesce(o.yen[1:$3], '{}') AS order_yen, coalesce(l.ids[1:$3], '{}') AS location_ids, d.detail,
       CASE WHEN octet_length(d.value) <= $4 THEN d.value END AS value
FROM groups AS g
LEFT JOIN orders AS o USING (topic, type, reason)
LEFT JOIN locations AS l USING (topic, type, reason)
JOIN dead_letter AS d ON d.dead_letter_id = g.first_id
ORDER BY g.waiting DESC, g.first_id
LIMIT $2;

-- name: read_dead_letter
-- One dead letter, whole.
SELECT * FROM dead_letter WHERE dead_letter_id = $1;

-- name: lock_consumer
-- Keeps the consumer of a topic out while its parked keys are worked off.
SELECT partition FROM consumed_offset WHERE topic = $1 ORDER BY partition FOR UPDATE;

-- name: first_waiting_id_of_key
-- Which message of a parked key is next.
SELECT min(dead_letter_id) FROM dead_letter WHERE topic = $1 AND key = $2 AND state = 'waiting' AND parks_key;

-- name: first_waiting_of_key
-- The next message of a parked key; only it may be redriven or discarded.
SELECT * FROM dead_letter
WHERE topic = $1 AND key = $2 AND state = 'waiting' AND parks_key
ORDER BY dead_letter_id
LIMIT 1
FOR UPDATE;

-- name: lock_dead_letter
-- One dead letter that still waits, locked.
SELECT * FROM dead_letter WHERE dead_letter_id = $1 AND state = 'waiting' FOR UPDATE;

-- name: settle_dead_letter
-- Ends a dead letter as redriven or discarded. What it said, which may be of a person, nobody needs any more.
UPDATE dead_letter
SET state = $2, settled_at = $3, settled_note = $4, key = NULL, value = NULL, headers = '', affected = '{}',
    redrive_id = $5
WHERE dead_letter_id = $1;

-- name: fail_dead_letter
-- Counts another try that failed, with its reason.
UPDATE dead_letter SET attempts = attempts + 1, detail = $2 WHERE dead_letter_id = $1;

-- name: count_to_redrive
-- What a redrive is meant for: of a parked key the first message decides, and all that waits under it follows.
WITH firsts AS (
    SELECT DISTINCT ON (topic, key) topic, key, reason, message_type
    FROM dead_letter WHERE state = 'waiting' AND parks_key ORDER BY topic, key, dead_letter_id
)
SELECT count(*)
FROM dead_letter AS d
LEFT JOIN firsts AS f ON d.parks_key AND f.topic = d.topic AND f.key = d.key
WHERE d.state = 'waiting' AND ($1::text IS NULL OR d.topic = $1)
  AND ($2::text IS NULL OR coalesce(f.reason, d.reason) = $2)
  AND ($3::text IS NULL OR CASE WHEN d.parks_key THEN f.message_type ELSE d.message_type END = $3);

-- name: insert_redrive
-- Notes what an operator asked for, once.
INSERT INTO redrive (redrive_id, asked_by, asked_at, topic, reason, message_type, dry_run, rate_per_second, state,
                     matched, ended_at)
VALUES ($1, $2, $3::timestamptz, $4, $5, $6, $7::boolean, $8, CASE WHEN $7 THEN 'done' ELSE 'running' END, $9,
        CASE WHEN $7 THEN $3::timestamptz END)
ON CONFLICT DO NOTHING
RETURNING redrive_id;

-- name: running_redrive
-- The redrive that is worked off now: the first that was asked for.
SELECT * FROM redrive WHERE state = 'running' ORDER BY asked_at, redrive_id LIMIT 1;

-- name: next_to_redrive
-- The next dead letter that a redrive is meant for, not tried yet: one that stands alone, or the first of its key.
SELECT d.dead_letter_id, d.topic, d.key, d.parks_key
FROM dead_letter AS d
WHERE d.state = 'waiting' AND d.dead_letter_id > $1 AND ($2::text IS NULL OR d.topic = $2)
  AND ($3::text IS NULL OR d.reason = $3) AND ($4::text IS NULL OR d.message_type = $4) AND d.recorded_at <= $5
  AND NOT (d.parks_key AND EXISTS (
      SELECT FROM dead_letter AS e
      WHERE e.topic = d.topic AND e.key = d.key AND e.state = 'waiting' AND e.parks_key
        AND e.dead_letter_id < d.dead_letter_id
  ))
ORDER BY d.dead_letter_id
LIMIT 1;

-- name: begin_redriving_key
-- Notes which parked key is worked off.
UPDATE redrive SET topic_now = $2, key_now = $3 WHERE redrive_id = $1;

-- name: go_on_redriving
-- Notes what was tried, and what failed.
UPDATE redrive
SET last_id = greatest(last_id, $2), failed = failed + $3, last_error = coalesce($4, last_error), topic_now = NULL,
    key_now = NULL
WHERE redrive_id = $1;

-- name: goes_on
-- Whether a redrive is still wanted.
SELECT EXISTS (SELECT FROM redrive WHERE redrive_id = $1 AND state = 'running');

-- name: end_redrive
-- A redrive has tried all that it was meant for.
UPDATE redrive SET state = 'done', ended_at = $2 WHERE redrive_id = $1 AND state = 'running';

-- name: cancel_redrive
-- An operator ends a redrive.
UPDATE redrive SET state = 'cancelled', ended_at = $2, cancelled_by = $3, topic_now = NULL, key_now = NULL
WHERE redrive_id = $1 AND state = 'running'
RETURNING redrive_id;

-- name: list_redrives
-- The latest redrives, those that run first; or one.
SELECT r.redrive_id, r.asked_by, r.asked_at, r.topic, r.reason, r.message_type, r.dry_run, r.rate_per_second, r.state,
       r.matched, r.failed, r.last_error, r.ended_at, r.cancelled_by,
       (SELECT count(*) FROM dead_letter AS d WHERE d.redrive_id = r.redrive_id) AS redriven
FROM redrive AS r
WHERE $2::text IS NULL OR r.redrive_id = $2
ORDER BY r.state = 'running' DESC, r.asked_at DESC, r.redrive_id
LIMIT $1;

-- name: read_outbox
-- The next rows to send of these stretches of ids, as long as they have not too many bytes together; the first one in
-- any case. With them, the bounds of the snapshot in which they were read.
SELECT outbox_id, topic, partition, partitions, records, batch, unsent,
       pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin,
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax
FROM (
    SELECT *, sum(octet_length(batch)) OVER (ORDER BY outbox_id) - octet_length(batch) AS bytes_before
    FROM (
        SELECT row.*
        FROM unnest($1::bigint[], $2::bigint[]) AS stretch (low, high)
        CROSS JOIN LATERAL (
            SELECT * FROM outbox
            WHERE outbox_id BETWEEN stretch.low AND stretch.high AND sent_at IS NULL
            ORDER BY outbox_id LIMIT $3
        ) AS row
        ORDER BY outbox_id LIMIT $3
    ) AS next_rows
) AS measured
WHERE bytes_before < $4
ORDER BY outbox_id;

-- name: end_sent
-- Kafka has acknowledged everything of these rows: the first ones are said, the second ones forgotten.
WITH said AS (
    UPDATE outbox SET sent_at = clock_timestamp(), unsent = NULL WHERE outbox_id = ANY($1::bigint[])
)
DELETE FROM outbox WHERE outbox_id = ANY($2::bigint[]);

-- name: keep_unsent
-- Notes what of a row Kafka has not acknowledged yet.
UPDATE outbox SET unsent = $2 WHERE outbox_id = $1;

-- name: pack_again
-- Takes out of a row what was set aside.
UPDATE outbox SET records = $2, batch = $3, unsent = $4 WHERE outbox_id = $1;

-- name: keep_released
-- What was set aside, released and acknowledged is said.
INSERT INTO outbox (outbox_id, topic, records, batch, recorded_at, sent_at) OVERRIDING SYSTEM VALUE
SELECT set_aside_id, topic, 1, $2, set_aside_at, clock_timestamp() FROM set_aside WHERE set_aside_id = $1;

-- name: set_aside
-- Takes a message that Kafka refuses for good, or one that comes behind it under its key, out of the way. If an
-- operator has released the key meanwhile, what comes behind goes out with it.
INSERT INTO set_aside (topic, key, value, headers, reason, released_at)
VALUES ($1, $2, $3, $4, $5, (SELECT max(s.released_at) FROM set_aside AS s WHERE s.topic = $1 AND s.key = $2));

-- name: set_aside_keys
-- Keys whose messages wait behind others that were set aside.
SELECT DISTINCT topic, key FROM set_aside;

-- name: list_set_aside
-- What Kafka refuses, and what waits behind it, in the order of decisions.
SELECT set_aside_id, topic, key, octet_length(value) AS value_bytes, set_aside_at, reason
FROM set_aside
WHERE set_aside_id > $2 AND released_at IS NULL
ORDER BY set_aside_id
LIMIT $1;

-- name: release_set_aside
-- Lets a message that was set aside be sent again, with all that was set aside under its key.
UPDATE set_aside AS s SET released_at = clock_timestamp()
FROM set_aside AS chosen
WHERE chosen.set_aside_id = $1 AND chosen.released_at IS NULL
  AND s.topic = chosen.topic AND s.key = chosen.key AND s.released_at IS NULL
RETURNING s.set_aside_id;

-- name: read_released
-- What was set aside and may be sent again, in the order of decisions.
SELECT set_aside_id, topic, key, value, headers FROM set_aside
WHERE released_at IS NOT NULL ORDER BY set_aside_id LIMIT $1;

-- name: delete_released
-- Forgets messages that were set aside, and that Kafka has acknowledged now.
DELETE FROM set_aside WHERE set_aside_id = ANY($1::bigint[]);

-- name: take_release_back
-- Kafka has refused again: all of the key waits for an operator once more.
UPDATE set_aside SET released_at = NULL, reason = CASE WHEN released_at IS NULL THEN reason ELSE $3 END
WHERE topic = $1 AND key = $2;

-- name: take_lease
-- Becomes, or stays, the relay that may send; no row comes back when another one is.
INSERT INTO relay_lease (holder, expires_at) VALUES ($1, clock_timestamp() + $2::float8 * interval '1 second')
ON CONFLICT (only_one) DO UPDATE
SET holder = excluded.holder, expires_at = excluded.expires_at
WHERE relay_lease.holder = excluded.holder OR relay_lease.expires_at < clock_timestamp()
RETURNING holder;

-- name: meet_cluster
-- Notes which cluster the relay has met, and says which one has what was said; a first one has nothing yet.
UPDATE relay_lease SET cluster_id = coalesce(cluster_id, $2), met_cluster_id = $2
WHERE holder = $1
RETURNING cluster_id;

-- name: give_lease_back
-- Lets another process relay at once.
UPDATE relay_lease SET expires_at = '-infinity' WHERE holder = $1;

-- name: accept_any_cluster
-- The next cluster that a relay meets is the one; whoever relays now begins again.
UPDATE relay_lease
SET cluster_id = NULL, met_cluster_id = NULL, holder = gen_random_uuid(), expires_at = '-infinity',
    rebuilt_at = clock_timestamp();

-- name: set_statement_timeout
-- Lets the statements of this transaction take longer than others.
SELECT set_config('statement_timeout', $1, true);

-- name: say_again
-- Everything that was said is to be sent again, under its ids.
UPDATE outbox SET sent_at = NULL WHERE sent_at IS NOT NULL;

-- name: say_last_again
-- The events that stand for what was said longer ago go first: their ids lie below those of all other rows.
WITH taken AS (DELETE FROM last_said RETURNING *)
INSERT INTO outbox (outbox_id, topic, records, batch, recorded_at) OVERRIDING SYSTEM VALUE
SELECT -last_said_id, topic, 1, batch, recorded_at FROM taken;

-- name: count_said
-- How many events were said and are kept, by topic.
SELECT topic, sum(records)::bigint AS records
FROM (
    SELECT topic, records FROM outbox WHERE sent_at IS NOT NULL
    UNION ALL
    SELECT topic, 1 FROM last_said
) AS kept
GROUP BY topic ORDER BY topic;

-- name: count_to_send
-- How many messages are still to be sent, by topic.
SELECT topic, sum(coalesce(cardinality(unsent), records))::bigint AS records
FROM outbox WHERE sent_at IS NULL GROUP BY topic ORDER BY topic;

-- name: retellings_left
-- The state topics that are being told anew, and after which key each goes on.
SELECT key AS topic, payload -> 'after' AS after, last_error FROM due_work WHERE kind = ANY($1::text[]) ORDER BY key;

-- name: lock_said
-- The oldest rows of what was said before a time, as long as they have not too many bytes together. Whoever comes second
-- waits for them, so that no newer one is taken before an older one.
SELECT o.outbox_id, o.topic, o.batch, o.recorded_at
FROM outbox AS o
WHERE o.outbox_id IN (
    SELECT outbox_id
    FROM (
        SELECT outbox_id, sent_at, sum(octet_length(batch)) OVER (ORDER BY outbox_id) - octet_length(batch) AS bytes_before
        FROM (SELECT * FROM outbox WHERE sent_at IS NOT NULL ORDER BY outbox_id LIMIT $2) AS oldest
    ) AS measured
    WHERE bytes_before < $3 AND sent_at < $1
)
AND o.sent_at < $1
ORDER BY o.outbox_id
FOR UPDATE;

-- name: keep_last_said
-- Keeps an event for each key; a later one takes the place of an earlier one.
INSERT INTO last_said AS l (topic, key, batch, recorded_at, looked_at)
SELECT s.topic, s.key, s.batch, s.recorded_at, $5
FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::timestamptz[]) AS s (topic, key, batch, recorded_at)
ORDER BY s.topic, s.key
ON CONFLICT (topic, key) DO UPDATE
SET batch = excluded.batch, recorded_at = excluded.recorded_at, looked_at = excluded.looked_at;

-- name: forget_last_said
-- Forgets the events of keys that are closed.
DELETE FROM last_said AS l
USING unnest($1::text[], $2::bytea[]) AS c (topic, key)
WHERE l.topic = c.topic AND l.key = c.key;

-- name: delete_said
-- Forgets rows of which every event that stays is kept by its key.
DELETE FROM outbox WHERE outbox_id = ANY($1::bigint[]);

-- name: look_at_last_said
-- Some keys that nobody has looked at for the longest time, not since the time given.
SELECT topic, key, recorded_at FROM last_said WHERE looked_at < $1 ORDER BY looked_at LIMIT $2
FOR UPDATE SKIP LOCKED;

-- name: note_looked_at
-- These keys were looked at and stay.
UPDATE last_said AS l SET looked_at = $3
FROM unnest($1::text[], $2::bytea[]) AS c (topic, key)
WHERE l.topic = c.topic AND l.key = c.key;

-- name: schedule_due
-- Sets timers and second steps, or moves the ones that are there.
INSERT INTO due_work (kind, key, due_at, payload, cause_id, message_id, correlation_id, traceparent)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::jsonb[], $5::text[], $6::text[], $7::text[],
                     $8::text[]) AS d (kind, key, due_at, payload, cause_id, message_id, correlation_id, traceparent)
ORDER BY kind, key
ON CONFLICT (kind, key) DO UPDATE
SET due_at = excluded.due_at, payload = excluded.payload, cause_id = excluded.cause_id,
    message_id = excluded.message_id, correlation_id = excluded.correlation_id, traceparent = excluded.traceparent,
    attempts = 0, last_error = NULL, claimed_until = NULL;

-- name: cancel_due
-- Ends timers and second steps that are no longer wanted, in order.
DELETE FROM due_work
WHERE (kind, key) IN (
    SELECT d.kind, d.key
    FROM due_work AS d
    JOIN unnest($1::text[], $2::text[]) AS c (kind, key) ON d.kind = c.kind AND d.key = c.key
    ORDER BY d.kind, d.key
    FOR UPDATE OF d
);

-- name: deadlines_wait
-- Whether deadlines have come due since the time up to which everything is read.
SELECT EXISTS (
    SELECT FROM due_work
    WHERE kind = ANY($1::text[]) AND due_at > $2 AND due_at <= $3 AND (claimed_until IS NULL OR claimed_until < $3)
);

-- name: claim_due
-- Takes what is due, without waiting for anybody else's claim; deadlines only up to a time of their own. A subquery in FROM
-- may be run once for each row of the table, each time with another LIMIT's worth of rows; what is materialized is run
-- once.
WITH c AS MATERIALIZED (
    SELECT kind, key FROM due_work
    WHERE due_at <= $1 AND (claimed_until IS NULL OR claimed_until < $1)
      AND (due_at <= $5 OR kind <> ALL($4::text[]))
    ORDER BY due_at, kind, key
    LIMIT $3
    FOR UPDATE SKIP LOCKED
)
UPDATE due_work AS d
SET claimed_until = $1::timestamptz + $2::float8 * interval '1 second'
FROM c
WHERE d.kind = c.kind AND d.key = c.key
RETURNING d.kind, d.key, d.due_at, d.payload, d.cause_id, d.message_id, d.correlation_id, d.traceparent, d.attempts,
          d.claimed_until;

-- name: finish_due
-- Ends claimed work that nobody has moved meanwhile, and says which; run after the business rows are locked.
DELETE FROM due_work
WHERE (kind, key) IN (
    SELECT d.kind, d.key
    FROM due_work AS d
    JOIN unnest($1::text[], $2::text[], $3::timestamptz[]) AS c (kind, key, claimed_until)
      ON d.kind = c.kind AND d.key = c.key AND d.claimed_until = c.claimed_until
    ORDER BY d.kind, d.key
    FOR UPDATE OF d
)
RETURNING kind, key;

-- name: fail_due
-- Puts claimed work that failed off, with its reason.
UPDATE due_work SET attempts = attempts + 1, last_error = $4, due_at = $5, claimed_until = NULL
WHERE kind = $1 AND key = $2 AND claimed_until = $3;

-- name: gauges
-- What operators watch, in one round.
SELECT (SELECT coalesce(sum(coalesce(cardinality(unsent), records)), 0) FROM
           (SELECT unsent, records FROM outbox WHERE sent_at IS NULL LIMIT $1) AS o) AS outbox_rows,
       (SELECT extract(epoch FROM clock_timestamp() - min(recorded_at))::float8 FROM
           (SELECT recorded_at FROM outbox WHERE sent_at IS NULL ORDER BY outbox_id LIMIT 1) AS f) AS outbox_age,
       (SELECT met_cluster_id FROM relay_lease WHERE met_cluster_id <> cluster_id) AS other_cluster,
       (SELECT count(*) FROM set_aside) AS set_aside_rows,
       (SELECT count(*) FROM dead_letter WHERE state = 'waiting' AND NOT parks_key) AS dead_letters,
       (SELECT count(DISTINCT (topic, key)) FROM dead_letter WHERE state = 'waiting' AND parks_key) AS parked_keys,
       (SELECT count(*) FROM due_work WHERE attempts > 0) AS failing_due,
       (SELECT extract(epoch FROM clock_timestamp() - min(due_at))::float8 FROM due_work
           WHERE due_at < clock_timestamp()) AS due_age;
