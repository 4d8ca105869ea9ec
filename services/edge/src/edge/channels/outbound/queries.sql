-- name: insert_outgoing
-- Puts what is to go out behind what waits for the same subject; not before that is due again.
INSERT INTO outgoing (channel, way, subject, message_id, name, body, said_at, next_at)
SELECT n.channel, n.way, n.subject, n.message_id, n.name, n.body, $7::timestamptz, greatest($7::timestamptz, w.next_at)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
     WITH ORDINALITY AS n (channel, way, subject, message_id, name, body, place)
LEFT JOIN LATERAL (
    SELECT max(o.next_at) AS next_at
    FROM outgoing AS o
    WHERE o.channel = n.channel AND o.way = n.way AND o.subject = n.subject AND o.state = 'waiting'
) AS w ON true
ORDER BY n.place
ON CONFLICT DO NOTHING;

-- name: claim_outgoing
-- Takes the first due row of a subject that has no earlier one waiting; others leave it alone until $3.
UPDATE outgoing AS t
SET next_at = $3, attempts = t.attempts + 1
WHERE t.outgoing_id = (
    SELECT o.outgoing_id
    FROM outgoing AS o
    WHERE o.channel = $1 AND o.way = 'webhook' AND o.state = 'waiting' AND o.next_at <= $2
      AND NOT EXISTS (
          SELECT FROM outgoing AS e
          WHERE e.channel = o.channel AND e.way = o.way AND e.subject = o.subject AND e.state = 'waiting'
            AND e.outgoing_id < o.outgoing_id
      )
    ORDER BY o.next_at, o.outgoing_id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING t.outgoing_id, t.message_id, t.name, t.body, t.attempts;

-- name: settle_sent
-- Records that a row has arrived, and lets the next of its subject go; nothing where another has taken it over.
WITH sent AS (
    UPDATE outgoing SET state = 'sent', settled_at = $3, failure = NULL
    WHERE outgoing_id = $1 AND attempts = $2 AND state = 'waiting'
    RETURNING channel, way, subject
)
UPDATE outgoing AS o
SET next_at = least(o.next_at, $3)
FROM sent
WHERE o.channel = sent.channel AND o.way = sent.way AND o.subject = sent.subject AND o.state = 'waiting'
  AND o.outgoing_id <> $1;

-- name: put_off_outgoing
-- Puts off a row that did not arrive, with all that waits behind it; nothing where another has taken it over.
UPDATE outgoing AS o
SET next_at = $3, failure = CASE WHEN o.outgoing_id = $1 THEN $4 ELSE o.failure END
FROM outgoing AS head
WHERE head.outgoing_id = $1 AND head.attempts = $2 AND head.state = 'waiting'
  AND o.channel = head.channel AND o.way = head.way AND o.subject = head.subject AND o.state = 'waiting';

-- name: give_up_outgoing
-- Gives up what has not arrived for too long, some at a time, and returns it.
WITH taken AS MATERIALIZED (
    SELECT outgoing_id FROM outgoing WHERE state = 'waiting' AND said_at < $1 ORDER BY said_at LIMIT $3
    FOR UPDATE SKIP LOCKED
)
UPDATE outgoing
SET state = 'given_up', settled_at = $2
WHERE outgoing_id IN (SELECT outgoing_id FROM taken)
RETURNING channel, way, subject, name, failure;

-- name: delete_settled_outgoing
-- Forgets what arrived or was given up long ago, some at a time.
WITH taken AS MATERIALIZED (
    SELECT outgoing_id FROM outgoing WHERE state <> 'waiting' AND settled_at < $1 ORDER BY settled_at LIMIT $2
    FOR UPDATE SKIP LOCKED
)
DELETE FROM outgoing
WHERE outgoing_id IN (SELECT outgoing_id FROM taken);

-- name: measure_outgoing
-- How much waits for each channel and way, and since when the oldest does.
SELECT channel, way, count(*) AS waiting, extract(epoch FROM $1::timestamptz - min(said_at))::float8 AS oldest_seconds
FROM outgoing
WHERE state = 'waiting'
GROUP BY channel, way;

-- name: read_for_file
-- What waits to be written to a channel's next file of orders.
SELECT outgoing_id, message_id, name, body
FROM outgoing
WHERE channel = $1 AND way = 'file' AND state = 'waiting'
ORDER BY outgoing_id
LIMIT $2;

-- name: settle_written
-- Records that rows are in a file that is there.
UPDATE outgoing SET state = 'sent', settled_at = $2 WHERE outgoing_id = ANY($1::bigint[]) AND state = 'waiting';

-- name: is_waiting
-- Whether something of a subject has not gone out yet by a way.
SELECT EXISTS (
    SELECT FROM outgoing WHERE channel = $1 AND way = $2 AND subject = $3 AND state = 'waiting'
);

-- name: lease_told
-- Takes on telling a channel one thing by one way; no row comes back while another process does.
INSERT INTO told_so_far AS t (channel, what, leased_until) VALUES ($1, $2, $4)
ON CONFLICT (channel, what) DO UPDATE SET leased_until = excluded.leased_until
WHERE t.leased_until <= $3
RETURNING next_number, position, full_at;

-- name: note_told
-- Records how far a channel was told; no row comes back where another process has the turn by now.
UPDATE told_so_far
SET next_number = $4, position = $5, full_at = $6
WHERE channel = $1 AND what = $2 AND leased_until = $3
RETURNING channel;

-- name: end_turn
-- Gives a lease back.
UPDATE told_so_far SET leased_until = $4 WHERE channel = $1 AND what = $2 AND leased_until = $3;
