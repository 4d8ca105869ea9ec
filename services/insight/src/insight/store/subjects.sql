-- name: read_subjects
-- What is known of some subjects.
SELECT subject_id, facts FROM subject WHERE subject_id = ANY($1::text[]);

-- name: update_subjects
-- Keeps what is known of subjects.
UPDATE subject AS s
SET facts = n.facts, days = string_to_array(n.days, chr(31))::date[], figures = string_to_array(n.figures, chr(31)),
    scopes = string_to_array(n.scopes, chr(31)), day = n.day
FROM unnest($1::text[], $2::jsonb[], $3::text[], $4::text[], $5::text[], $6::date[])
     AS n (subject_id, facts, days, figures, scopes, day)
WHERE s.subject_id = n.subject_id;

-- name: delete_subjects
-- Forgets subjects.
DELETE FROM subject WHERE subject_id = ANY($1::text[]);

-- name: delete_old_subjects
-- Forgets some subjects from before a day; those that another transaction has locked are left for later.
DELETE FROM subject WHERE subject_id IN (
    SELECT subject_id FROM subject WHERE day < $1 ORDER BY day LIMIT $2 FOR UPDATE SKIP LOCKED
);
