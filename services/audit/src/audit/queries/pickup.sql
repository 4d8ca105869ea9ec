-- What pickup's database says.

-- name: works
-- Orders and transfers as far as pickup has spoken of them.
SELECT work_id, version FROM work;

-- name: goods
-- Pieces that left their shelf, by what became of them.
SELECT work_id, sku, state, sum(pieces)::bigint AS pieces FROM goods GROUP BY work_id, sku, state;

-- name: tasks
-- Every task.
SELECT task_id, version, state FROM task;

-- name: waiting_facts
-- Facts that wait for what they are about.
SELECT work_id, message_id FROM waiting_fact;

-- name: capacities
-- What was last said of each location's capacity.
SELECT location_id, capacity_version AS version FROM location WHERE capacity_version > 0 AND said IS NOT NULL;
