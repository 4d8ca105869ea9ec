-- name: load_profiles
-- Customers as last published.
SELECT customer_id, version, segment, stage, profile_digest, consents_told FROM customer
WHERE customer_id = ANY($1::text[]) AND ended_at IS NULL;

-- name: load_customer_refs
-- All opaque ids of customers.
SELECT i.customer_id, r.ref FROM identifier AS i JOIN known_ref AS r USING (digest)
WHERE i.customer_id = ANY($1::text[]);

-- name: load_newest_purchases
-- The newest purchases of each customer of which something was kept.
SELECT c.customer_id, p.bought_at, p.kept_jpy, p.channel, p.picked_up_at IS NOT NULL AS is_picked_up
FROM unnest($1::text[]) AS c (customer_id)
CROSS JOIN LATERAL (
    SELECT p.bought_at, p.kept_jpy, p.channel, p.picked_up_at FROM identifier AS i JOIN purchase AS p USING (digest)
    WHERE i.customer_id = c.customer_id AND p.kept_pieces > 0
    ORDER BY p.bought_at DESC LIMIT $2
) AS p;

-- name: count_purchases
-- All purchases of customers of which something was kept, by channel.
SELECT i.customer_id, p.channel, count(*) AS purchases, min(p.bought_at) AS first_at, max(p.bought_at) AS last_at
FROM identifier AS i JOIN purchase AS p USING (digest)
WHERE i.customer_id = ANY($1::text[]) AND p.kept_pieces > 0
GROUP BY i.customer_id, p.channel ORDER BY i.customer_id, p.channel;

-- name: load_customer_consents
-- Every statement of customers.
SELECT i.customer_id, c.consent_id, c.purpose, c.channel, c.granted, c.said_at
FROM identifier AS i JOIN consent AS c USING (digest) WHERE i.customer_id = ANY($1::text[]);

-- name: load_signs
-- Signs of interest, open orders and what came back whole of customers, the latest of each kind.
SELECT i.customer_id, s.kind, max(s.at) AS at
FROM identifier AS i
JOIN (
    SELECT digest, CASE kind WHEN 'reserved' THEN 'considered' ELSE kind END AS kind, last_at AS at FROM interest
    UNION ALL SELECT digest, 'ordered', placed_at FROM open_order
    UNION ALL SELECT digest, 'returned', returned_at FROM purchase WHERE kept_pieces = 0 AND returned_at IS NOT NULL
) AS s USING (digest)
WHERE i.customer_id = ANY($1::text[])
GROUP BY i.customer_id, s.kind;

-- name: save_profiles
-- Customers as published now.
UPDATE customer AS c SET version = n.version, segment = n.segment, stage = n.stage, profile_digest = n.profile_digest,
    consents_told = n.consents_told
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bytea[], $6::jsonb[])
AS n (customer_id, version, segment, stage, profile_digest, consents_told) WHERE c.customer_id = n.customer_id;

-- name: lock_customers_after
-- Locks the next customers after one that have not ended and were published.
SELECT customer_id FROM customer
WHERE customer_id > $1 AND ended_at IS NULL AND profile_digest IS NOT NULL ORDER BY customer_id LIMIT $2
FOR UPDATE;

-- name: count_profiles
-- How many customers have not ended and were published.
SELECT count(*) FROM customer WHERE ended_at IS NULL AND profile_digest IS NOT NULL;
