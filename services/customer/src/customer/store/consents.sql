-- name: load_consents
-- Every statement under these identifiers.
SELECT consent_id, digest, purpose, channel, granted, said_at FROM consent WHERE digest = ANY($1::text[]);

-- name: newest_consents
-- Statements under these identifiers with the ref as it was written, the newest first; those that come after the statement $3 of
-- the time $2.
SELECT c.consent_id, c.purpose, c.channel, c.granted, r.ref AS customer_ref, c.wording, c.staff_ref, c.device_id, c.said_at,
    c.recorded_at
FROM consent AS c LEFT JOIN known_ref AS r USING (digest)
WHERE c.digest = ANY($1::text[]) AND ($2::timestamptz IS NULL OR (c.said_at, c.consent_id) < ($2, $3::text))
ORDER BY c.said_at DESC, c.consent_id DESC LIMIT $4;

-- name: insert_consents
-- Statements, once each.
INSERT INTO consent (consent_id, digest, purpose, channel, granted, wording, staff_ref, device_id, said_at, recorded_at)
SELECT n.*, $10 FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::text[], $9::timestamptz[]
) AS n (consent_id, digest, purpose, channel, granted, wording, staff_ref, device_id, said_at) ON CONFLICT DO NOTHING;

-- name: save_told
-- What others are told now of what customers allow.
UPDATE customer AS c SET consents_told = n.told
FROM unnest($1::text[], $2::jsonb[]) AS n (customer_id, told) WHERE c.customer_id = n.customer_id;

-- name: erase_consents
-- Forgets statements.
DELETE FROM consent WHERE digest = ANY($1::text[]);
