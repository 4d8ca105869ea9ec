-- Who may be the same person as whom: match keys, and what is before a person.

-- name: delete_match_keys
-- Match keys that these refs' data no longer give.
DELETE FROM match_key AS k
WHERE k.digest = ANY($1::text[]) AND NOT EXISTS (
    SELECT FROM unnest($2::text[], $3::bytea[]) AS n (digest, match_key)
    WHERE n.digest = k.digest AND n.match_key = k.match_key
);

-- name: insert_match_keys
-- Match keys of refs' data.
INSERT INTO match_key (digest, match_key) SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING;

-- name: erase_match_keys
-- Forgets by what identifiers' data were found.
DELETE FROM match_key WHERE digest = ANY($1::text[]);

-- name: pairs_to_judge
-- Pairs of these customers with others: who shares a block with them, unless they are kept apart, and who is before a
-- person with them. A block of more than $2 records is not looked through.
WITH alike AS (
    SELECT least(mine.customer_id, other.customer_id) AS customer_id,
           greatest(mine.customer_id, other.customer_id) AS other_id
    FROM identifier AS mine
    JOIN match_key AS k ON k.digest = mine.digest
    CROSS JOIN LATERAL (
        SELECT array_agg(few.digest) AS digests
        FROM (SELECT o.digest FROM match_key AS o WHERE o.match_key = k.match_key LIMIT $2::int + 1) AS few
    ) AS block
    JOIN identifier AS other ON other.digest = ANY(block.digests)
    WHERE mine.customer_id = ANY($1::text[]) AND cardinality(block.digests) BETWEEN 2 AND $2::int
        AND other.customer_id <> mine.customer_id
)
SELECT customer_id, other_id FROM alike AS a
WHERE NOT EXISTS (
    SELECT FROM kept_apart AS k WHERE k.customer_id = a.customer_id AND k.other_id = a.other_id
)
UNION
SELECT customer_id, other_id FROM match_review WHERE customer_id = ANY($1::text[]) OR other_id = ANY($1::text[]);

-- name: estimate_records
-- About how many records there are, as the planner knows it. Recipients count as well: it errs to the careful side.
SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'personal_data'::regclass;

-- name: load_reviews
-- Which of these pairs are before a person, and whether the one has become the other meanwhile.
SELECT r.task_id, r.customer_id, r.other_id, EXISTS (
    SELECT FROM customer AS c
    WHERE c.customer_id IN (r.customer_id, r.other_id) AND c.merged_into IN (r.customer_id, r.other_id)
) AS is_one
FROM unnest($1::text[], $2::text[]) AS n (customer_id, other_id) JOIN match_review AS r USING (customer_id, other_id);

-- name: reviews_of_tasks
-- The pairs that these tasks ask about.
SELECT task_id, customer_id, other_id FROM match_review WHERE task_id = ANY($1::text[]);

-- name: reviews_of_customers
-- What is before a person about these customers.
SELECT task_id FROM match_review WHERE customer_id = ANY($1::text[]) OR other_id = ANY($1::text[]);

-- name: identifiers_of_customers
-- What these customers hold.
SELECT digest FROM identifier WHERE customer_id = ANY($1::text[]);

-- name: insert_reviews
-- Pairs that a person is asked about.
INSERT INTO match_review (task_id, customer_id, other_id) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT DO NOTHING;

-- name: delete_reviews
-- Pairs that nobody is asked about any more.
DELETE FROM match_review WHERE task_id = ANY($1::text[]);
