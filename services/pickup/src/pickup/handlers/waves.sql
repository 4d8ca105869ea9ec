-- name: tasks_to_take
-- The most urgent tasks of a kind at a location that nobody has, at most so many.
SELECT w.location_id, w.kind, t.task_id, t.work_id, t.due_at, jsonb_array_length(t.left_lines) AS lines
FROM unnest($1::text[], $2::text[], $3::int[]) AS w (location_id, kind, tasks_max)
CROSS JOIN LATERAL (
    SELECT task_id, work_id, due_at, left_lines FROM task
    WHERE location_id = w.location_id AND kind = w.kind AND kind IN ('pick', 'put_away')
      AND state = 'open' AND wave_id IS NULL
    ORDER BY due_at, task_id LIMIT w.tasks_max
) AS t
ORDER BY t.due_at, t.task_id;

-- name: tasks_of_waves
-- The tasks that are, or have ended, in waves.
SELECT t.wave_id, t.task_id, t.work_id, t.transfer_id, t.state, t.lines, t.left_lines, t.ended_at,
       w.kind = 'order' AS is_order
FROM task AS t JOIN work AS w ON w.work_id = t.work_id
WHERE t.wave_id = ANY($1::text[])
ORDER BY t.wave_id, t.created_at, t.task_id;
