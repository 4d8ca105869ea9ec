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

-- name: planned_minutes
-- Minutes of picking that were asked of locations since the day, and since the hour, began.
SELECT location_id, sum(planned_minutes) AS today,
       coalesce(sum(planned_minutes) FILTER (WHERE created_at >= $3), 0) AS this_hour
FROM task
WHERE kind = 'pick' AND location_id = ANY($1::text[]) AND created_at >= $2 AND state <> 'cancelled'
GROUP BY location_id;
