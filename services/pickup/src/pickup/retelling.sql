-- name: lock_works_after
-- Locks the next works after one.
SELECT work_id FROM work WHERE work_id > $1 ORDER BY work_id LIMIT $2 FOR UPDATE;

-- name: count_tasks
-- How many tasks there are, ended ones too.
SELECT count(*) FROM task;

-- name: lock_works_with_code_after
-- Locks the next works after one whose pickup code is of use.
SELECT work_id FROM work WHERE work_id > $1 AND code_published ORDER BY work_id LIMIT $2 FOR UPDATE;

-- name: count_codes
-- How many works have a pickup code that is of use.
SELECT count(*) FROM work WHERE code_published;

-- name: lock_locations_after
-- Locks the next locations after one of which a capacity was said.
SELECT location_id, capacity_version, said FROM location
WHERE location_id > $1 AND said IS NOT NULL ORDER BY location_id LIMIT $2
FOR UPDATE;

-- name: count_capacities
-- Of how many locations a capacity was said.
SELECT count(*) FROM location WHERE said IS NOT NULL;

-- name: open_works
-- Which of these orders and transfers have not come to their end.
SELECT w.work_id FROM unnest($1::text[]) AS w (work_id)
WHERE EXISTS (SELECT FROM work_group AS g WHERE g.work_id = w.work_id AND g.state <> 'closed')
   OR EXISTS (SELECT FROM transfer AS t WHERE t.work_id = w.work_id AND t.state IN ('planned', 'shipped'))
   OR EXISTS (
       SELECT FROM task AS t WHERE t.work_id = w.work_id AND t.state IN ('open', 'assigned', 'started')
   )
   OR EXISTS (
       SELECT FROM parcel AS p WHERE p.work_id = w.work_id AND p.delivered_at IS NULL AND p.ended IS NULL
   );
