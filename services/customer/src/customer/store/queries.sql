-- Locks, in lock order: purchases, identifiers, customers.

-- name: insert_missing_purchases
-- Makes sure that there is a row to lock.
INSERT INTO purchase (purchase_id) SELECT k FROM unnest($1::text[]) AS k ORDER BY k ON CONFLICT DO NOTHING;

-- name: lock_purchases
-- Locks purchases in the order of their ids.
SELECT purchase_id FROM purchase WHERE purchase_id = ANY($1::text[]) ORDER BY purchase_id FOR UPDATE;

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
-- Who holds which of these identifiers.
SELECT digest, customer_id FROM identifier WHERE digest = ANY($1::text[]) AND customer_id IS NOT NULL;

-- name: written_here
-- Customers whose rows this very transaction has written: nobody else can hold or see their newest version.
SELECT customer_id FROM customer
WHERE customer_id = ANY($1::text[]) AND xmin = pg_current_xact_id()::xid;

-- Identity

-- name: load_identifiers
-- These identifiers, and all others of the customers who hold them.
SELECT digest, kind, customer_id, suppressed_at FROM identifier WHERE digest = ANY($1::text[])
UNION
SELECT other.digest, other.kind, other.customer_id, other.suppressed_at
FROM identifier AS named JOIN identifier AS other USING (customer_id)
WHERE named.digest = ANY($1::text[]);

-- name: load_versions
-- The versions that customers' events have come to.
SELECT customer_id, version FROM customer WHERE customer_id = ANY($1::text[]);

-- name: load_refs
-- Opaque ids as written, by their hash.
SELECT digest, ref FROM known_ref WHERE digest = ANY($1::text[]);

-- name: load_claims
-- Under which refs e-mail addresses and phones were given.
SELECT digest, ref_digest FROM claim WHERE digest = ANY($1::text[]);

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
-- Opaque ids as written.
INSERT INTO known_ref (ref, digest) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING;

-- name: insert_claims
-- Under which ref an e-mail address or phone was given.
INSERT INTO claim (digest, ref_digest) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING;

-- name: end_merged
-- Customers that are another one now.
UPDATE customer AS c SET ended_at = $3, ended_as = 'merged', merged_into = n.merged_into
FROM unnest($1::text[], $2::text[]) AS n (customer_id, merged_into) WHERE c.customer_id = n.customer_id;

-- name: insert_kept_apart
-- Pairs that a person keeps apart.
INSERT INTO kept_apart (customer_id, other_id) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING;

-- name: delete_kept_apart
-- Pairs that are kept apart no more.
DELETE FROM kept_apart AS k USING unnest($1::text[], $2::text[]) AS n (customer_id, other_id)
WHERE k.customer_id = n.customer_id AND k.other_id = n.other_id;

-- Personal data

-- name: load_people
-- What is stored of these persons, with the keys that open it.
SELECT k.digest, k.role, k.wrapped_key, d.ciphertext, d.stated_at, d.customer_digest
FROM unnest($1::text[], $2::text[]) AS n (digest, role)
JOIN person_key AS k USING (digest, role) JOIN personal_data AS d USING (digest, role);

-- name: insert_person_keys
-- Data keys of persons who had none.
INSERT INTO person_key (digest, role, wrapped_key)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[]) ON CONFLICT DO NOTHING;

-- name: save_personal_data
-- Personal data, encrypted.
INSERT INTO personal_data (digest, role, ciphertext, stated_at, customer_digest)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::timestamptz[], $5::text[])
ON CONFLICT (digest, role) DO UPDATE
SET ciphertext = excluded.ciphertext, stated_at = excluded.stated_at,
    customer_digest = coalesce(excluded.customer_digest, personal_data.customer_digest);

-- name: recipients_of
-- Recipients that were recorded with these customers' refs.
SELECT digest FROM personal_data WHERE customer_digest = ANY($1::text[]) AND role = 'recipient';

-- name: addressees
-- Personal data of the recipient, then of the customer: under the order's ref first, then the newest under others.
WITH customer AS (
    SELECT $2::text AS digest
    UNION
    SELECT other.digest FROM identifier AS named JOIN identifier AS other USING (customer_id) WHERE named.digest = $2
), wanted AS (
    SELECT $1::text AS digest, 'recipient' AS role, 0 AS place
    UNION ALL
    SELECT digest, 'customer', CASE digest WHEN $2 THEN 1 ELSE 2 END FROM customer
)
SELECT digest, role, k.wrapped_key, d.ciphertext
FROM wanted JOIN person_key AS k USING (digest, role) JOIN personal_data AS d USING (digest, role)
ORDER BY place, d.stated_at DESC, digest;

-- Consent

-- name: load_consents
-- Every statement under these identifiers.
SELECT consent_id, digest, purpose, channel, granted, said_at FROM consent WHERE digest = ANY($1::text[]);

-- name: insert_consents
-- Statements, once each.
INSERT INTO consent (consent_id, digest, purpose, channel, granted, wording, said_at, recorded_at)
SELECT n.*, $8 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::timestamptz[])
AS n (consent_id, digest, purpose, channel, granted, wording, said_at) ON CONFLICT DO NOTHING;

-- Erasure

-- name: purchases_of
-- Purchases under these identifiers.
SELECT purchase_id FROM purchase WHERE digest = ANY($1::text[]);

-- name: erase_refs
-- Forgets the opaque ids as written.
DELETE FROM known_ref WHERE digest = ANY($1::text[]);

-- name: erase_claims
-- Forgets which identifiers were named together.
DELETE FROM claim WHERE digest = ANY($1::text[]) OR ref_digest = ANY($1::text[]);

-- name: erase_person_keys
-- Destroys persons' keys, and with them every copy of their data; the data here goes along.
DELETE FROM person_key WHERE digest = ANY($1::text[]);

-- name: erase_consents
-- Forgets statements.
DELETE FROM consent WHERE digest = ANY($1::text[]);

-- name: erase_interests
-- Forgets signs of interest.
DELETE FROM interest WHERE digest = ANY($1::text[]);

-- name: erase_open_orders
-- Forgets open orders.
DELETE FROM open_order WHERE digest = ANY($1::text[]);

-- name: suppress_identifiers
-- Lets go of identifiers and remembers only that nothing may bring their customer back.
UPDATE identifier SET customer_id = NULL, kind = NULL, suppressed_at = $2 WHERE digest = ANY($1::text[]);

-- name: unlink_purchases
-- Keeps amounts and dates of purchases up to an erasure, without whose they were.
UPDATE purchase SET customer_ref = NULL, digest = NULL
WHERE digest = ANY($1::text[]) AND bought_at <= $2 RETURNING purchase_id;

-- name: erase_kept_apart
-- Forgets whom an erased customer was kept apart from.
DELETE FROM kept_apart WHERE customer_id = ANY($1::text[]) OR other_id = ANY($1::text[]);

-- name: end_erased
-- Customers that are no more; the row keeps nothing but that there was one.
UPDATE customer SET ended_at = $2, ended_as = 'erased', segment = NULL, stage = NULL, profile_digest = NULL
WHERE customer_id = ANY($1::text[]);

-- name: lift_suppression
-- Lets a recipient be recorded anew after an erasure, and whoever names them.
UPDATE identifier SET suppressed_at = NULL WHERE digest = ANY($1::text[]);

-- Purchases

-- name: purchase_owners
-- Under which identifiers these purchases are.
SELECT DISTINCT digest FROM purchase WHERE purchase_id = ANY($1::text[]) AND digest IS NOT NULL;

-- name: owner_states
-- Whether identifiers are suppressed.
SELECT digest FROM identifier WHERE digest = ANY($1::text[]) AND suppressed_at IS NOT NULL;

-- name: insert_purchase_lines
-- What was bought, once per message and line.
INSERT INTO purchase_line (purchase_id, message, line_id, source, sku, quantity, amount_jpy, tax_percent)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bigint[], $8::integer[])
ON CONFLICT DO NOTHING;

-- name: insert_purchase_returns
-- What came back, once per return and place.
INSERT INTO purchase_return (purchase_id, return_id, place, line_id, sku, quantity, amount_jpy)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::integer[], $7::bigint[])
ON CONFLICT DO NOTHING;

-- name: load_purchases
-- Purchases, and who holds the identifier they are under.
SELECT p.purchase_id, p.receipt_id, p.order_id, p.source, p.channel, p.location_id, p.bought_at, p.customer_ref,
    p.digest, p.version, i.customer_id
FROM purchase AS p LEFT JOIN identifier AS i USING (digest) WHERE p.purchase_id = ANY($1::text[]);

-- name: load_purchase_lines
-- All parts that were bought.
SELECT purchase_id, source, line_id, sku, quantity, amount_jpy, tax_percent
FROM purchase_line WHERE purchase_id = ANY($1::text[]);

-- name: load_purchase_returns
-- All parts that came back.
SELECT purchase_id, return_id, place, line_id, sku, quantity, amount_jpy
FROM purchase_return WHERE purchase_id = ANY($1::text[]);

-- name: save_heads
-- What is known of purchases as a whole.
UPDATE purchase AS p SET receipt_id = n.receipt_id, order_id = n.order_id, source = n.source, channel = n.channel,
    location_id = n.location_id, bought_at = n.bought_at, customer_ref = n.customer_ref, digest = n.digest
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[],
    $9::text[])
AS n (purchase_id, receipt_id, order_id, source, channel, location_id, bought_at, customer_ref, digest)
WHERE p.purchase_id = n.purchase_id;

-- name: save_kept
-- What is kept of purchases, and whom their published state names.
UPDATE purchase AS p SET kept_jpy = n.kept_jpy, kept_pieces = n.kept_pieces, version = n.version,
    published_customer_id = n.customer_id
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
AS n (purchase_id, kept_jpy, kept_pieces, version, customer_id) WHERE p.purchase_id = n.purchase_id;

-- name: misattributed_purchases
-- Purchases of these customers whose published state names another, or nobody.
SELECT p.purchase_id, i.customer_id
FROM identifier AS i JOIN purchase AS p USING (digest)
WHERE i.customer_id = ANY($1::text[]) AND p.bought_at IS NOT NULL
    AND p.published_customer_id IS DISTINCT FROM i.customer_id
ORDER BY p.purchase_id LIMIT $2;

-- Journey

-- name: save_interests
-- The latest sign of interest per identifier and kind.
INSERT INTO interest (digest, kind, last_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
ON CONFLICT (digest, kind) DO UPDATE SET last_at = greatest(interest.last_at, excluded.last_at);

-- name: insert_open_orders
-- Orders placed and not yet ended.
INSERT INTO open_order (order_id, digest, placed_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[]) ON CONFLICT DO NOTHING;

-- name: end_open_orders
-- Orders of which no line is open any more.
DELETE FROM open_order WHERE order_id = ANY($1::text[]);

-- Profiles

-- name: load_profiles
-- Customers as last published.
SELECT customer_id, version, segment, stage, profile_digest FROM customer
WHERE customer_id = ANY($1::text[]) AND ended_at IS NULL;

-- name: load_customer_refs
-- All opaque ids of customers as written.
SELECT i.customer_id, r.ref FROM identifier AS i JOIN known_ref AS r USING (digest)
WHERE i.customer_id = ANY($1::text[]);

-- name: load_newest_purchases
-- The newest purchases of each customer of which something was kept.
SELECT c.customer_id, p.bought_at, p.kept_jpy
FROM unnest($1::text[]) AS c (customer_id)
CROSS JOIN LATERAL (
    SELECT p.bought_at, p.kept_jpy FROM identifier AS i JOIN purchase AS p USING (digest)
    WHERE i.customer_id = c.customer_id AND p.kept_pieces > 0
    ORDER BY p.bought_at DESC LIMIT $2
) AS p;

-- name: count_purchases
-- All purchases of customers of which something was kept, by channel.
SELECT i.customer_id, p.channel, count(*) AS purchases, min(p.bought_at) AS first_at, max(p.bought_at) AS last_at
FROM identifier AS i JOIN purchase AS p USING (digest)
WHERE i.customer_id = ANY($1::text[]) AND p.kept_pieces > 0
GROUP BY i.customer_id, p.channel;

-- name: load_customer_consents
-- Every statement of customers.
SELECT i.customer_id, c.consent_id, c.purpose, c.channel, c.granted, c.said_at
FROM identifier AS i JOIN consent AS c USING (digest) WHERE i.customer_id = ANY($1::text[]);

-- name: load_signs
-- Signs of interest and open orders of customers, the latest of each kind.
SELECT i.customer_id, s.kind, max(s.at) AS at
FROM identifier AS i
JOIN (
    SELECT digest, kind, last_at AS at FROM interest
    UNION ALL SELECT digest, 'ordered', placed_at FROM open_order
) AS s USING (digest)
WHERE i.customer_id = ANY($1::text[])
GROUP BY i.customer_id, s.kind;

-- name: save_profiles
-- Customers as published now.
UPDATE customer AS c SET version = n.version, segment = n.segment, stage = n.stage, profile_digest = n.profile_digest
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bytea[])
AS n (customer_id, version, segment, stage, profile_digest) WHERE c.customer_id = n.customer_id;

-- Gauges

-- name: count_segments
-- How many customers are in each segment.
SELECT segment, count(*) AS customers FROM customer WHERE ended_at IS NULL GROUP BY segment;

-- name: count_suppressed
-- How many identifiers are suppressed.
SELECT count(*) FROM identifier WHERE suppressed_at IS NOT NULL;

-- name: count_unattached
-- Purchases under a ref that nobody has identified.
SELECT count(*) FROM purchase AS p JOIN identifier AS i USING (digest) WHERE i.customer_id IS NULL;

-- name: lock_customers_after
-- Locks the next customers after one that have not ended and were published.
SELECT customer_id FROM customer
WHERE customer_id > $1 AND ended_at IS NULL AND profile_digest IS NOT NULL ORDER BY customer_id LIMIT $2
FOR UPDATE;

-- name: count_profiles
-- How many customers have not ended and were published.
SELECT count(*) FROM customer WHERE ended_at IS NULL AND profile_digest IS NOT NULL;

-- name: lock_purchases_after
-- Locks the next purchases after one that were published.
SELECT purchase_id FROM purchase WHERE purchase_id > $1 AND version > 0 ORDER BY purchase_id LIMIT $2 FOR UPDATE;

-- name: count_published_purchases
-- How many purchases were published.
SELECT count(*) FROM purchase WHERE version > 0;

-- name: customers_among
-- Which of these are customers that have not ended.
SELECT customer_id FROM customer WHERE customer_id = ANY($1::text[]) AND ended_at IS NULL;
