-- name: hold_tasks
-- Locks those of these tasks that there are, in the order of their ids.
SELECT t.task_id, t.version, t.body FROM unnest($1::text[]) AS k (task_id)
CROSS JOIN LATERAL (SELECT * FROM task AS t WHERE t.task_id = k.task_id FOR UPDATE) AS t;

-- name: save_tasks
-- Writes tasks as they are after the batch, each under its next version.
INSERT INTO task AS t (task_id, version, is_open, kind, location_id, sku, due_at, escalation, ended_at, body)
SELECT n.task_id, 1, n.body ->> 'ended_at' IS NULL, n.body ->> 'kind', n.body ->> 'location_id',
       n.body #>> '{lines,0,sku}', (n.body ->> 'due_at')::timestamptz, (n.body ->> 'escalation')::int,
       (n.body ->> 'ended_at')::timestamptz, n.body
FROM unnest($1::text[], $2::jsonb[]) AS n (task_id, body)
ON CONFLICT (task_id) DO UPDATE
SET version = t.version + 1, is_open = excluded.is_open, due_at = excluded.due_at, escalation = excluded.escalation,
    ended_at = excluded.ended_at, body = excluded.body
RETURNING t.task_id, t.version;

-- name: lock_overdue_tasks
-- Open tasks that have taken so many steps of their kind's rule and are overdue enough for the next, with the area of
-- their location. What somebody else is at is left for the next turn.
SELECT t.task_id, t.version, t.body, l.area
FROM task AS t LEFT JOIN location AS l ON l.location_id = t.location_id
WHERE t.is_open AND t.task_id IN (
    SELECT o.task_id FROM unnest($1::text[], $2::int[], $3::timestamptz[]) AS r (kind, taken, due_before)
    CROSS JOIN LATERAL (
        SELECT o.task_id FROM task AS o
        WHERE o.kind = r.kind AND o.escalation = r.taken AND o.due_at <= r.due_before AND o.is_open
        ORDER BY o.due_at LIMIT $4
    ) AS o
    LIMIT $4
)
ORDER BY t.task_id
FOR UPDATE OF t SKIP LOCKED;

-- name: lock_tasks_after
-- Locks the next tasks after one.
SELECT task_id, version, body FROM task WHERE task_id > $1 ORDER BY task_id LIMIT $2 FOR UPDATE;

-- name: count_tasks
-- How many tasks there are, done ones too.
SELECT count(*) FROM task;
