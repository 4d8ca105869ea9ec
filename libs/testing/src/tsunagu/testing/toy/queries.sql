-- name: insert_missing_visitors
-- Makes sure that there is a row to lock.
INSERT INTO visitor (visitor_id) SELECT k FROM unnest($1::text[]) AS k ORDER BY k ON CONFLICT DO NOTHING;

-- name: lock_visitors
-- Locks visitors in the order of their ids.
SELECT visitor_id FROM visitor WHERE visitor_id = ANY($1::text[]) ORDER BY visitor_id FOR UPDATE;

-- name: read_visits
-- How often each visitor was there.
SELECT visitor_id, visits FROM visitor WHERE visitor_id = ANY($1::text[]);

-- name: insert_visits
-- Records visits.
INSERT INTO visit (visitor_id, number, activity_id) SELECT * FROM unnest($1::text[], $2::int[], $3::text[]);

-- name: count_visits
-- Counts visits.
UPDATE visitor AS v SET visits = n.visits
FROM unnest($1::text[], $2::int[]) AS n (visitor_id, visits)
WHERE v.visitor_id = n.visitor_id;

-- name: lock_visitors_after
-- Locks the next visitors after one, with how often each was there.
SELECT visitor_id, visits FROM visitor WHERE visitor_id > $1 ORDER BY visitor_id LIMIT $2 FOR UPDATE;

-- name: count_visitors
-- How many visitors there are.
SELECT count(*) FROM visitor;
