-- name: gauge_tasks
-- Tasks still to be done, and those of them that are late.
SELECT kind, state, count(*) AS tasks, count(*) FILTER (WHERE due_at < $1) AS overdue
FROM task WHERE state IN ('open', 'assigned', 'started') GROUP BY kind, state;

-- name: gauge_transfers
-- Transfers that should have left or arrived, and those that should arrive until $2, which is later than $1.
SELECT state,
       count(*) FILTER (WHERE CASE state WHEN 'planned' THEN ship_by ELSE arrive_by END < $1) AS overdue,
       count(*) FILTER (WHERE arrive_by < $2) AS at_risk
FROM transfer
WHERE (state = 'planned' AND (ship_by < $1 OR arrive_by < $2)) OR (state = 'shipped' AND arrive_by < $2)
GROUP BY state;

-- name: gauge_facts
-- Facts about something that is not known yet.
SELECT count(*) AS facts FROM waiting_fact;

-- name: gauge_locked
-- Orders of which no code is looked at for now.
SELECT count(*) AS orders FROM work WHERE locked_until > $1;
