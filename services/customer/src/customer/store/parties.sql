-- Whom orders are for, while a store may ask: at the desk, and for a parcel's label.

-- name: save_parties
-- Whom each order is for as its newest event says; places stay as they were where that event names none.
INSERT INTO order_party (order_id, version, customer_digest, recipient_digest, desks, senders)
SELECT r.order_id, r.version, r.customer_digest, r.recipient_digest, coalesce(r.desks, '{}'), coalesce(r.senders, '{}')
FROM jsonb_to_recordset($1::jsonb) AS r (
    order_id text, version bigint, customer_digest text, recipient_digest text, desks text[], senders text[]
)
ON CONFLICT (order_id) DO UPDATE SET
    version = EXCLUDED.version, customer_digest = EXCLUDED.customer_digest, recipient_digest = EXCLUDED.recipient_digest,
    desks = CASE WHEN $2::text[] @> ARRAY[EXCLUDED.order_id] THEN EXCLUDED.desks ELSE order_party.desks END,
    senders = CASE WHEN $2::text[] @> ARRAY[EXCLUDED.order_id] THEN EXCLUDED.senders ELSE order_party.senders END
WHERE order_party.version < EXCLUDED.version;

-- name: delete_parties
-- Orders that have come to their end.
DELETE FROM order_party WHERE order_id = ANY($1::text[]);

-- name: erase_parties
-- Part erased persons from their orders; whoever else an order names stays.
UPDATE order_party SET
    customer_digest = CASE WHEN customer_digest = ANY($1::text[]) THEN NULL ELSE customer_digest END,
    recipient_digest = CASE WHEN recipient_digest = ANY($1::text[]) THEN NULL ELSE recipient_digest END
WHERE customer_digest = ANY($1::text[]) OR recipient_digest = ANY($1::text[]);

-- name: load_party
-- Whom an order is for, if that location hands it out or sends it.
SELECT customer_digest, recipient_digest, $2 = ANY(desks) AS hands_out, $2 = ANY(senders) AS sends
FROM order_party WHERE order_id = $1 AND ($2 = ANY(desks) OR $2 = ANY(senders));
