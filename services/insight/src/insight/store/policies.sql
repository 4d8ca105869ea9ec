-- name: read_policies
-- Policies that were used or adopted, as they were then.
SELECT policy_id, body FROM credit_policy WHERE policy_id = ANY($1::text[]);

-- name: insert_policies
-- Keeps policies that are used for the first time.
INSERT INTO credit_policy (policy_id, body, recorded_at)
SELECT policy_id, body, $3 FROM unnest($1::text[], $2::jsonb[]) AS n (policy_id, body)
ORDER BY policy_id ON CONFLICT DO NOTHING;

-- name: read_adoptions
-- All adoptions in the order in which they were made.
SELECT policy_id, effective_from FROM policy_adoption ORDER BY adoption_number;

-- name: insert_adoptions
-- Puts policies into force.
INSERT INTO policy_adoption (adoption_id, policy_id, effective_from, recorded_at)
SELECT adoption_id, policy_id, effective_from, $4
FROM unnest($1::text[], $2::text[], $3::date[]) WITH ORDINALITY AS n (adoption_id, policy_id, effective_from, place)
ORDER BY place;
