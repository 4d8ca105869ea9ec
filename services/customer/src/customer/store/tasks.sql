-- name: hold_tasks
-- Locks those of these tasks that there are, in the order of their ids.
SELECT task_id, version, body FROM task WHERE task_id = ANY($1::text[]) ORDER BY task_id FOR UPDATE;

-- name: save_tasks
-- Writes tasks as they are after the batch, each under its next version.
INSERT INTO task AS t (task_id, version, is_open, kind, due_at, created_at, escalation, body)
SELECT n.task_id, 1, n.body ->> 'ended_at' IS NULL, n.body ->> 'kind', (n.body ->> 'due_at')::timestamptz,
       (n.body ->> 'created_at')::timestamptz, (n.body ->> 'escalation')::int, n.body
FROM unnest($1::text[], $2::jsonb[]) AS n (task_id, body)
ON CONFLICT (task_id) DO UPDATE
SET version = t.version + 1, is_open = excluded.is_open, due_at = excluded.due_at, created_at = excluded.created_at,
    escalation = excluded.escalation, body = excluded.body
RETURNING t.task_id, t.version;

-- name: lock_overdue_tasks
-- Locks open tasks that have taken so many steps of their kind's rule and are overdue enough for the next. What somebody
-- else is at is left for the next turn.
SELECT t.task_id, t.version, t.body, NULL::text AS area
FROM task AS t
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

-- name: count_open_tasks
-- How many tasks of each kind are open, and since when the oldest.
SELECT kind, count(*) AS tasks, min(created_at) AS oldest_at FROM task WHERE is_open GROUP BY kind;
