-- name: read_locations
-- Locations with their pauses, as they are.
SELECT location_id, version, opens, closes, closed_on, opens_on_holidays, closed, pick_minutes_per_day,
       pause_reason, paused_until, capacity_version, said
FROM location WHERE location_id = ANY($1::text[]) ORDER BY location_id;

-- name: save_pauses
-- Writes pauses and their ends.
UPDATE location AS l SET pause_reason = n.pause_reason, paused_until = n.paused_until
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS n (location_id, pause_reason, paused_until)
WHERE l.location_id = n.location_id;

-- name: save_capacities
-- Records what was said of capacities.
UPDATE location AS l SET capacity_version = n.capacity_version, said = n.said
FROM jsonb_populate_recordset(NULL::location, $1::jsonb) AS n
WHERE l.location_id = n.location_id;

-- name: asked_minutes
-- Minutes of picking that are still to be done, by when, in quarters of an hour.
SELECT location_id,
       date_bin('15 minutes', due_at - interval '1 microsecond', 'epoch'::timestamptz) + interval '15 minutes' AS due_at,
       sum(planned_minutes) AS minutes
FROM task
WHERE kind = 'pick' AND location_id = ANY($1::text[]) AND ended_at IS NULL
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: done_minutes
-- Minutes of picking that were done since the day, and since the hour, began.
SELECT location_id, sum(planned_minutes) AS today,
       coalesce(sum(planned_minutes) FILTER (WHERE ended_at >= $3), 0) AS this_hour
FROM task
WHERE kind = 'pick' AND location_id = ANY($1::text[]) AND ended_at >= $2 AND state = 'done'
GROUP BY location_id;
