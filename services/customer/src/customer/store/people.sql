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

-- name: erase_recipients
-- Forgets what was said of people as recipients, whatever they are besides.
DELETE FROM person_key WHERE digest = ANY($1::text[]) AND role = 'recipient';

-- name: addressees
-- Personal data of the recipient, then of the customer: under the order's ref first, then the newest under others. A
-- shared ref says nobody: its holder is one of many.
WITH customer AS (
    SELECT $2::text AS digest WHERE NOT EXISTS (SELECT FROM identifier WHERE digest = $2 AND shared_as IS NOT NULL)
    UNION
    SELECT other.digest FROM identifier AS named JOIN identifier AS other USING (customer_id)
    WHERE named.digest = $2 AND named.shared_as IS NULL
), wanted AS (
    SELECT $1::text AS digest, 'recipient' AS role, 0 AS place
    UNION ALL
    SELECT digest, 'customer', CASE digest WHEN $2 THEN 1 ELSE 2 END FROM customer
)
SELECT digest, role, k.wrapped_key, d.ciphertext
FROM wanted JOIN person_key AS k USING (digest, role) JOIN personal_data AS d USING (digest, role)
ORDER BY place, d.stated_at DESC, digest;

-- name: insert_contradicted
-- What was said of customers' refs and is contradicted by what stands.
INSERT INTO contradicted_data (digest, role, stated_at, ciphertext)
SELECT n.digest, 'customer', n.stated_at, n.ciphertext
FROM unnest($1::text[], $2::timestamptz[], $3::bytea[]) AS n (digest, stated_at, ciphertext) ON CONFLICT DO NOTHING;

-- name: trim_contradicted
-- Of what is contradicted, keeps the newest of each ref.
DELETE FROM contradicted_data AS c
WHERE c.digest = ANY($1::text[]) AND c.stated_at < (
    SELECT o.stated_at FROM contradicted_data AS o WHERE o.digest = c.digest
    ORDER BY o.stated_at DESC OFFSET $2::int - 1 LIMIT 1
);

-- name: contradicted_among
-- Of which of these refs something is kept that contradicts what stands.
SELECT DISTINCT digest FROM contradicted_data WHERE digest = ANY($1::text[]);

-- name: delete_contradicted
-- What was said last of these refs is right.
DELETE FROM contradicted_data WHERE digest = ANY($1::text[]);

-- name: load_records
-- What is stored of these customers under their refs, with the keys that open it; of none who have more than $2 records,
-- or of whom a channel has said what contradicts itself.
SELECT i.customer_id, i.digest, k.wrapped_key, d.ciphertext
FROM identifier AS i
JOIN person_key AS k ON k.digest = i.digest AND k.role = 'customer'
JOIN personal_data AS d ON d.digest = k.digest AND d.role = k.role
WHERE i.customer_id = ANY($1::text[]) AND i.customer_id NOT IN (
    SELECT held.customer_id FROM identifier AS held
    JOIN personal_data AS stored ON stored.digest = held.digest AND stored.role = 'customer'
    LEFT JOIN contradicted_data AS c ON c.digest = held.digest
    WHERE held.customer_id = ANY($1::text[])
    GROUP BY held.customer_id
    HAVING count(DISTINCT held.digest) > $2::int OR count(c.digest) > 0
)
ORDER BY i.customer_id, i.digest;

-- name: erase_person_keys
-- Destroys persons' keys, and with them every copy of their data; the data here goes along.
DELETE FROM person_key WHERE digest = ANY($1::text[]);
