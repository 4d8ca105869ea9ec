-- name: read_tasks
-- The highest versions of some tasks so far that were work, and that work.
SELECT t.topic, t.task_id, t.created_at, t.version, t.minutes, t.measured, t.kind, t.location_id, t.order_id,
       t.business_day
FROM task_seen AS t
JOIN unnest($1::text[], $2::text[], $3::timestamptz[]) AS k (topic, task_id, created_at)
  ON t.topic = k.topic AND t.task_id = k.task_id AND t.created_at = k.created_at;

-- name: update_tasks
-- Keeps the highest versions of tasks that were work, and that work.
UPDATE task_seen AS t
SET version = n.version, minutes = n.minutes, measured = n.measured, kind = n.kind, location_id = n.location_id,
    order_id = n.order_id, business_day = n.business_day
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::float8[], $6::boolean[], $7::text[], $8::text[],
            $9::text[], $10::date[])
     AS n (topic, task_id, created_at, version, minutes, measured, kind, location_id, order_id, business_day)
WHERE t.topic = n.topic AND t.task_id = n.task_id AND t.created_at = n.created_at;

-- name: minutes_of_order
-- What work an order took, by store, day and kind of task.
SELECT location_id, business_day, kind, sum(minutes) AS minutes,
       coalesce(sum(minutes) FILTER (WHERE measured), 0) AS measured_minutes, count(*) AS tasks
FROM task_seen WHERE order_id = $1 AND minutes IS NOT NULL
GROUP BY location_id, business_day, kind ORDER BY business_day, location_id, kind;
