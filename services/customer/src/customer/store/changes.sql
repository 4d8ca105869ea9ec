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
-- The version that a customer's events have come to, also of one who has ended.
SELECT version FROM customer WHERE customer_id = $1;

-- name: revive_customer
-- A customer who is back after a merge was undone.
UPDATE customer SET ended_at = NULL, ended_as = NULL, merged_into = NULL WHERE customer_id = $1;

-- name: forget_changed_keys
-- Forgets what a change was about.
DELETE FROM changed_key WHERE customer_id = $1 AND version = $2;

-- name: erase_changed_keys
-- Forgets who held erased identifiers; which one is marked as shared stays, as the mark does: it is nobody's.
DELETE FROM changed_key AS k USING identity_change AS c
WHERE k.digest = ANY($1::text[]) AND c.customer_id = k.customer_id AND c.version = k.version
    AND (c.kind <> 'shared' OR c.undone_at IS NOT NULL);

-- Ties

-- name: load_ties
-- What merges have tied to these identifiers, unless a split has parted it.
SELECT customer_id, version, digest, other_digest FROM tie
WHERE (digest = ANY($1::text[]) OR other_digest = ANY($1::text[])) AND cut_version IS NULL;

-- name: insert_ties
-- On what merges rest.
INSERT INTO tie (customer_id, version, digest, other_digest)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]);

-- name: cut_ties
-- Ties that a split parts.
UPDATE tie AS t SET cut_customer_id = n.cut_customer_id, cut_version = n.cut_version
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[])
    AS n (customer_id, version, cut_customer_id, cut_version)
WHERE t.customer_id = n.customer_id AND t.version = n.version;

-- name: mend_ties
-- What a split had parted that is undone.
UPDATE tie SET cut_customer_id = NULL, cut_version = NULL WHERE cut_customer_id = $1 AND cut_version = $2;

-- name: erase_ties
-- Forgets what merges tied to erased identifiers.
DELETE FROM tie WHERE digest = ANY($1::text[]) OR other_digest = ANY($1::text[]);
