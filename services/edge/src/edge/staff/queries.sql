-- name: keep_tasks
-- Keeps the newest version of each task.
INSERT INTO task (topic, task_id, version, location_id, owner, department, due_at, ended_at, body)
SELECT $1, n.task_id, n.version, n.location_id, n.owner, n.department, n.due_at, n.ended_at, n.body
FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::jsonb[])
     AS n (task_id, version, location_id, owner, department, due_at, ended_at, body)
ORDER BY n.task_id
ON CONFLICT (topic, task_id) DO UPDATE
SET version = excluded.version, location_id = excluded.location_id, owner = excluded.owner,
    department = excluded.department, due_at = excluded.due_at, ended_at = excluded.ended_at, body = excluded.body
WHERE task.version < excluded.version;

-- name: forget_tasks
-- Forgets tasks that their service has deleted.
DELETE FROM task WHERE topic = $1 AND task_id = ANY($2::text[]);

-- name: tasks_of_day
-- A store's tasks: open ones that are due before the day's end, late ones among them, and what the day has ended.
SELECT body
FROM task
WHERE location_id = $1 AND ((ended_at IS NULL AND due_at < $3) OR (ended_at >= $2 AND ended_at < $3))
ORDER BY ended_at IS NOT NULL, due_at, task_id
LIMIT $4;

-- name: open_tasks_at
-- A location's open tasks, all of them or those that an owner has.
SELECT body FROM task
WHERE ended_at IS NULL AND location_id = $1 AND ($2::text IS NULL OR owner = $2)
ORDER BY due_at, task_id LIMIT $3;

-- name: open_tasks_of
-- The open tasks that an owner has, and those that a department answers for.
SELECT topic, body FROM task
WHERE ended_at IS NULL AND (owner = $1 OR department = $2)
ORDER BY due_at, task_id LIMIT $3;

-- name: task_at
-- A task of a topic, if it is the location's.
SELECT body FROM task WHERE topic = $1 AND task_id = $2 AND location_id = $3;

-- name: task_of
-- A task of a topic, wherever it is.
SELECT body FROM task WHERE topic = $1 AND task_id = $2;

-- name: owner_of_task
-- Which of these topics has a task of a location, and which order it is about.
SELECT topic, body ->> 'order_id' AS order_id FROM task
WHERE topic = ANY($1::text[]) AND task_id = $2 AND location_id = $3;

-- name: delete_ended_tasks
-- Forgets tasks that ended long ago, some at a time.
WITH taken AS MATERIALIZED (
    SELECT topic, task_id FROM task WHERE ended_at < $1 ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
DELETE FROM task
WHERE (topic, task_id) IN (SELECT topic, task_id FROM taken);
