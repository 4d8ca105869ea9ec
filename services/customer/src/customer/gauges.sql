-- name: count_segments
-- How many customers are in each segment.
SELECT segment, count(*) AS customers FROM customer WHERE ended_at IS NULL GROUP BY segment;

-- name: count_suppressed
-- How many identifiers are suppressed.
SELECT count(*) FROM identifier WHERE suppressed_at IS NOT NULL;

-- name: count_shared
-- How many identifiers tie nobody, by the kind under which they were found to be shared.
SELECT shared_as AS kind, count(*) AS identifiers FROM identifier WHERE shared_as IS NOT NULL GROUP BY shared_as;

-- name: count_unattached
-- Purchases under a ref that nobody has identified.
SELECT count(*) FROM purchase AS p JOIN identifier AS i USING (digest) WHERE i.customer_id IS NULL;
