-- name: works_with_overdue
-- Works with tasks that have taken so many steps of their kind's rule and are overdue enough for the next.
SELECT DISTINCT o.work_id
FROM unnest($1::text[], $2::int[], $3::timestamptz[]) AS r (kind, taken, due_before)
CROSS JOIN LATERAL (
    SELECT t.work_id FROM task AS t
    WHERE t.kind = r.kind AND t.escalation = r.taken AND t.due_at <= r.due_before
      AND t.state IN ('open', 'assigned', 'started')
    ORDER BY t.due_at LIMIT $4
) AS o
LIMIT $4;
