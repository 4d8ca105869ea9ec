-- Locks, in lock order: identifiers, customers; purchases come before both.

-- name: insert_missing_identifiers
-- Makes sure that there is a row to lock, also for a ref that nobody has identified yet.
INSERT INTO identifier (digest) SELECT k FROM unnest($1::text[]) AS k ORDER BY k ON CONFLICT DO NOTHING;

-- name: lock_identifiers
-- Locks identifiers in the order of their hashes.
SELECT digest FROM identifier WHERE digest = ANY($1::text[]) ORDER BY digest FOR UPDATE;

-- name: lock_customers
-- Locks customers in the order of their ids.
SELECT customer_id FROM customer WHERE customer_id = ANY($1::text[]) ORDER BY customer_id FOR UPDATE;

-- name: holders_among
-- Who holds these identifiers.
SELECT DISTINCT customer_id FROM identifier WHERE digest = ANY($1::text[]) AND customer_id IS NOT NULL;

-- name: held_by
-- Who holds which of these identifiers; in their order, so that of several causes of one customer always the same counts.
SELECT digest, customer_id FROM identifier WHERE digest = ANY($1::text[]) AND customer_id IS NOT NULL ORDER BY digest;

-- name: written_here
-- Customers whose rows this very transaction has written: nobody else can hold or see their newest version.
SELECT customer_id FROM customer
WHERE customer_id = ANY($1::text[]) AND xmin = pg_current_xact_id()::xid;

-- Who holds what

-- name: load_identifiers
-- These identifiers, and all others of the customers who hold them.
SELECT digest, kind, customer_id, suppressed_at, shared_as, has_limit FROM identifier WHERE digest = ANY($1::text[])
UNION
SELECT other.digest, other.kind, other.customer_id, other.suppressed_at, other.shared_as, other.has_limit
FROM identifier AS named JOIN identifier AS other USING (customer_id)
WHERE named.digest = ANY($1::text[]);

-- name: next_sequence
-- Where what is said of these identifiers begins in the order of all that is said of who is who: after all that was
-- said of them before, since their rows are locked. Each takes as many places as a transaction has events by far.
SELECT nextval('identity_sequence');

-- name: load_versions
-- The versions that customers' events have come to.
SELECT customer_id, version FROM customer WHERE customer_id = ANY($1::text[]);

-- name: load_refs
-- Opaque ids, by their hash.
SELECT digest, ref FROM known_ref WHERE digest = ANY($1::text[]);

-- name: load_claims
-- Under which refs these identifiers were named, and which were named under these.
SELECT digest, ref_digest FROM claim WHERE digest = ANY($1::text[])
UNION
SELECT digest, ref_digest FROM claim WHERE ref_digest = ANY($1::text[]);

-- name: load_kept_apart
-- Pairs of which one is among these customers and that are not to be merged.
SELECT customer_id, other_id FROM kept_apart
WHERE customer_id = ANY($1::text[]) OR other_id = ANY($1::text[]);

-- name: insert_customers
-- New customers.
INSERT INTO customer (customer_id, version, created_at)
SELECT n.customer_id, n.version, $3 FROM unnest($1::text[], $2::bigint[]) AS n (customer_id, version);

-- name: update_versions
-- Versions after the events said now.
UPDATE customer AS c SET version = n.version
FROM unnest($1::text[], $2::bigint[]) AS n (customer_id, version) WHERE c.customer_id = n.customer_id;

-- name: save_identifiers
-- Who holds an identifier now; taking hold of it ends its suppression.
UPDATE identifier AS i SET kind = coalesce(i.kind, n.kind), customer_id = n.customer_id, suppressed_at = NULL
FROM unnest($1::text[], $2::text[], $3::text[]) AS n (digest, kind, customer_id) WHERE i.digest = n.digest;

-- name: insert_refs
-- Opaque ids.
INSERT INTO known_ref (ref, digest) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING;

-- name: insert_claims
-- Under which ref an identifier was named.
INSERT INTO claim (digest, ref_digest) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING;

-- name: end_merged
-- Customers that are another one now; what was told of them is told anew if they come back.
UPDATE customer AS c SET ended_at = $3, ended_as = 'merged', merged_into = n.merged_into, segment = NULL, stage = NULL,
    profile_digest = NULL, consents_told = '{}'
FROM unnest($1::text[], $2::text[]) AS n (customer_id, merged_into) WHERE c.customer_id = n.customer_id;

-- name: mark_shared
-- Identifiers that are tied to more than one person has, and as which kind.
UPDATE identifier AS i SET shared_as = n.kind
FROM unnest($1::text[], $2::text[]) AS n (digest, kind) WHERE i.digest = n.digest;

-- name: lift_limit
-- An identifier that is one person's, however many it ties.
UPDATE identifier SET shared_as = NULL, has_limit = false WHERE digest = $1;

-- name: insert_kept_apart
-- Pairs that a person keeps apart.
INSERT INTO kept_apart (customer_id, other_id) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING;

-- name: delete_kept_apart
-- Pairs that are kept apart no more.
DELETE FROM kept_apart AS k USING unnest($1::text[], $2::text[]) AS n (customer_id, other_id)
WHERE k.customer_id = n.customer_id AND k.other_id = n.other_id;

-- name: owner_states
-- Whether identifiers are suppressed.
SELECT digest FROM identifier WHERE digest = ANY($1::text[]) AND suppressed_at IS NOT NULL;

-- name: customers_among
-- Which of these are customers that have not ended.
SELECT customer_id FROM customer WHERE customer_id = ANY($1::text[]) AND ended_at IS NULL;

-- Erasure

-- name: erase_refs
-- Forgets the opaque ids.
DELETE FROM known_ref WHERE digest = ANY($1::text[]);

-- name: erase_claims
-- Forgets which identifiers were named together.
DELETE FROM claim WHERE digest = ANY($1::text[]) OR ref_digest = ANY($1::text[]);

-- name: suppress_identifiers
-- Lets go of identifiers and remembers only that nothing may bring their customer back.
UPDATE identifier SET customer_id = NULL, kind = NULL, suppressed_at = $2 WHERE digest = ANY($1::text[]);

-- name: erase_kept_apart
-- Forgets whom an erased customer was kept apart from.
DELETE FROM kept_apart WHERE customer_id = ANY($1::text[]) OR other_id = ANY($1::text[]);

-- name: end_erased
-- Customers that are no more; the row keeps nothing but that there was one.
UPDATE customer SET ended_at = $2, ended_as = 'erased', segment = NULL, stage = NULL, profile_digest = NULL,
    consents_told = '{}'
WHERE customer_id = ANY($1::text[]);

-- name: lift_suppression
-- Lets a recipient be recorded anew after an erasure, and whoever names them.
UPDATE identifier SET suppressed_at = NULL WHERE digest = ANY($1::text[]);
