-- name: load_consents
-- Every statement under these identifiers.
SELECT consent_id, digest, purpose, channel, granted, said_at FROM consent WHERE digest = ANY($1::text[]);

-- name: insert_consents
-- Statements, once each.
INSERT INTO consent (consent_id, digest, purpose, channel, granted, wording, said_at, recorded_at)
SELECT n.*, $8 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::timestamptz[])
AS n (consent_id, digest, purpose, channel, granted, wording, said_at) ON CONFLICT DO NOTHING;

-- name: erase_consents
-- Forgets statements.
DELETE FROM consent WHERE digest = ANY($1::text[]);
