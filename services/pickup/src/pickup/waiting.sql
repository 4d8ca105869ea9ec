-- name: keep_facts
-- Keeps facts about something that is not known yet.
INSERT INTO waiting_fact (work_id, message_id, message_source, wire_type, body, caused_at, correlation_id, traceparent,
                          arrived_at)
SELECT work_id, message_id, message_source, wire_type, body, caused_at, correlation_id, traceparent, arrived_at
FROM jsonb_populate_recordset(NULL::waiting_fact, $1::jsonb)
ON CONFLICT DO NOTHING;

-- name: read_facts
-- The facts that wait for these works, in the order in which they came.
SELECT work_id, message_id, message_source, wire_type, body, caused_at, correlation_id, traceparent, arrived_at
FROM waiting_fact WHERE work_id = ANY($1::text[]) ORDER BY work_id, arrived_at, caused_at, message_id;

-- name: forget_facts
-- Ends the waiting of facts.
DELETE FROM waiting_fact AS f
USING unnest($1::text[], $2::text[], $3::text[]) AS n (work_id, message_source, message_id)
WHERE f.work_id = n.work_id AND f.message_source = n.message_source AND f.message_id = n.message_id;
