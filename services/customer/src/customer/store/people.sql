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

-- name: erase_person_keys
-- Destroys persons' keys, and with them every copy of their data; the data here goes along.
DELETE FROM person_key WHERE digest = ANY($1::text[]);
