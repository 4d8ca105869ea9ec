-- name: read_ours
-- What is here of these orders of a channel: whether they have ended or are to be cancelled, and what was told last.
SELECT o.order_id, o.ended, w.name AS told,
       EXISTS (
           SELECT FROM pending_command AS p
           WHERE p.command_type = $3 AND p.record_key = o.order_id AND p.state <> 'refused'
       ) AS cancelling
FROM channel_order AS o
LEFT JOIN LATERAL (
    SELECT g.name FROM outgoing AS g
    WHERE g.subject = o.order_id AND g.way = 'webhook'
    ORDER BY g.outgoing_id DESC
    LIMIT 1
) AS w ON true
WHERE o.channel = $1 AND o.order_id = ANY($2::text[]);

-- name: read_open_orders
-- Orders of a channel that are open here since before a moment.
SELECT order_id FROM channel_order WHERE channel = $1 AND NOT ended AND first_at < $2 ORDER BY order_id LIMIT $3;

-- name: forget_differences
-- Forgets differences of these orders that are not there any more.
DELETE FROM difference AS d
WHERE d.channel = $1 AND d.outcome IS NULL AND d.order_id = ANY($2::text[])
  AND NOT EXISTS (
      SELECT FROM unnest($3::text[], $4::text[]) AS n (order_id, kind)
      WHERE n.order_id = d.order_id AND n.kind = d.kind
  );

-- name: note_differences
-- Keeps what differs, since when it was first seen; one that was settled and is there again begins anew.
INSERT INTO difference AS d (channel, order_id, kind, said, seen_at)
SELECT $1::text, n.order_id, n.kind, n.said::jsonb, $5::timestamptz
FROM unnest($2::text[], $3::text[], $4::text[]) AS n (order_id, kind, said)
ORDER BY n.order_id, n.kind
ON CONFLICT (channel, order_id, kind) DO UPDATE
SET said = coalesce(excluded.said, d.said),
    seen_at = CASE WHEN d.outcome IS NULL THEN d.seen_at ELSE excluded.seen_at END,
    outcome = NULL, settled_at = NULL;

-- name: take_ripe_differences
-- Differences whose grace is over, some at a time; another process takes others.
SELECT channel, order_id, kind, said
FROM difference
WHERE outcome IS NULL AND seen_at <= $1
ORDER BY order_id, kind
LIMIT $2
FOR UPDATE SKIP LOCKED;

-- name: settle_difference
-- Records what became of a difference; what the site had said of the order has been taken by then.
UPDATE difference SET said = NULL, outcome = $4, settled_at = $5 WHERE channel = $1 AND order_id = $2 AND kind = $3;

-- name: drop_difference
-- Forgets a difference that is none any more.
DELETE FROM difference WHERE channel = $1 AND order_id = $2 AND kind = $3;

-- name: tell_again
-- Has what an order's site was told last go out again; no row comes back where nothing was, or where it still waits.
UPDATE outgoing
SET state = 'waiting', said_at = $3, next_at = $3, settled_at = NULL
WHERE state <> 'waiting' AND outgoing_id = (
    SELECT outgoing_id FROM outgoing
    WHERE channel = $1 AND subject = $2 AND way = 'webhook'
    ORDER BY outgoing_id DESC
    LIMIT 1
)
RETURNING outgoing_id;

-- name: read_differences
-- What differs or has differed, newest first.
SELECT order_id, kind, seen_at, outcome, settled_at
FROM difference
WHERE channel = $1
ORDER BY seen_at DESC, order_id, kind
LIMIT $2;

-- name: delete_old_differences
-- Forgets differences that were settled long ago, some at a time.
DELETE FROM difference
WHERE (channel, order_id, kind) IN (
    SELECT channel, order_id, kind FROM difference WHERE outcome IS NOT NULL AND settled_at < $1
    ORDER BY settled_at LIMIT $2
);
