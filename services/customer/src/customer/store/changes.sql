-- name: insert_changes
-- Merges, splits and marks, by the events that tell of them.
INSERT INTO identity_change (customer_id, version, kind, other_id)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]);

-- name: insert_changed_keys
-- What each side of a change held.
INSERT INTO changed_key (customer_id, version, digest, moved)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[]);

-- name: load_change
-- One change.
SELECT kind, other_id, undone_at FROM identity_change WHERE customer_id = $1 AND version = $2;

-- name: load_changed_keys
-- What each side of a change held, without what was erased since.
SELECT digest, moved FROM changed_key WHERE customer_id = $1 AND version = $2;

-- name: end_change
-- A change that is taken back.
UPDATE identity_change SET undone_at = $3 WHERE customer_id = $1 AND version = $2;

-- name: newest_self
-- Who a customer is after all merges, and how that one ended, if they did.
WITH RECURSIVE way AS (
    SELECT customer_id, merged_into, ended_as FROM customer WHERE customer_id = $1
    UNION
    SELECT c.customer_id, c.merged_into, c.ended_as FROM way JOIN customer AS c ON c.customer_id = way.merged_into
)
SELECT customer_id, ended_as FROM way WHERE merged_into IS NULL;

-- name: load_version
-- The version that a customer's events have come to, also of one who was merged away.
SELECT version FROM customer WHERE customer_id = $1;

-- name: revive_customer
-- A customer who is back after a merge was undone.
UPDATE customer SET ended_at = NULL, ended_as = NULL, merged_into = NULL WHERE customer_id = $1;

-- name: erase_changed_keys
-- Forgets who held erased identifiers.
DELETE FROM changed_key WHERE digest = ANY($1::text[]);
