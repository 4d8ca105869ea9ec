-- What shoppers are told about their orders, and about links to their purchases.

-- name: lock_waiting_notices
-- Locks what waits to be sent about these orders, in the order of their ids.
SELECT notice_id, order_id, link_id, kind, group_id, cause_id, lines, location_id, until, amount_jpy, carrier, tracking_number,
    customer_digest, recipient_digest, wanted_at, coalesce(claimed_until > $2, false) AS on_its_way
FROM notice WHERE order_id = ANY($1::text[]) AND state = 'waiting' ORDER BY notice_id FOR UPDATE;

-- name: insert_notices
-- New notices; one that is there already stays as it is.
INSERT INTO notice (notice_id, order_id, link_id, kind, group_id, cause_id, lines, location_id, until, amount_jpy, carrier, tracking_number,
    customer_digest, recipient_digest, state, reason, made_at, wanted_at, due_at, ended_at,
    message_id, correlation_id, traceparent)
SELECT notice_id, order_id, link_id, kind, group_id, cause_id, lines, location_id, until, amount_jpy, carrier, tracking_number,
    customer_digest, recipient_digest, state, reason, made_at, wanted_at, wanted_at, ended_at,
    message_id, correlation_id, traceparent
FROM jsonb_populate_recordset(NULL::notice, $1::jsonb)
ON CONFLICT DO NOTHING;

-- name: update_notices
-- What is said anew in notices that wait, to whom they go, or that they are moot or reach nobody.
UPDATE notice AS n
SET lines = c.lines, amount_jpy = c.amount_jpy, customer_digest = c.customer_digest,
    recipient_digest = c.recipient_digest, state = c.state, reason = c.reason, ended_at = c.ended_at
FROM jsonb_populate_recordset(NULL::notice, $1::jsonb) AS c
WHERE n.notice_id = c.notice_id AND n.state = 'waiting';

-- name: claim_notice
-- Takes the notice that has been due longest, for a while; those that others have taken are passed over.
-- Materialized, since a subquery in FROM may be run once for each row, each time with another first notice.
WITH due AS MATERIALIZED (
    SELECT notice_id FROM notice
    WHERE state = 'waiting' AND due_at <= $1 AND (claimed_until IS NULL OR claimed_until <= $1)
    ORDER BY due_at, notice_id LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE notice AS n SET claimed_until = $2
FROM due
WHERE n.notice_id = due.notice_id
RETURNING n.notice_id, n.order_id, n.link_id, n.kind, n.group_id, n.cause_id, n.lines, n.location_id, n.until,
    n.amount_jpy, n.carrier, n.tracking_number, n.customer_digest, n.recipient_digest, n.wanted_at, n.made_at, n.tries, n.message_id,
    n.correlation_id, n.traceparent;

-- name: end_notice
-- Notes what became of a notice. What was on its way when it became moot, or was switched off, was sent all the same.
UPDATE notice SET state = $2, reason = $3, ended_at = $4, claimed_until = NULL
WHERE notice_id = $1 AND (state = 'waiting' OR ($2 = 'sent' AND state IN ('void', 'off')))
RETURNING notice_id;

-- name: put_off_notice
-- Has a notice tried again later.
UPDATE notice SET due_at = $2, tries = tries + 1, claimed_until = NULL WHERE notice_id = $1 AND state = 'waiting';

-- name: release_notice
-- Lets go of a notice that could not even be tried.
UPDATE notice SET claimed_until = NULL WHERE notice_id = $1 AND state = 'waiting';

-- name: switch_notices_off
-- Ends what waits where there is no mail server any more.
UPDATE notice SET state = 'off', ended_at = $1 WHERE state = 'waiting';

-- name: void_code_notices
-- The codes of these links open nothing any more: what would tell them is moot.
UPDATE notice SET state = 'void', ended_at = $2
WHERE link_id = ANY($1::text[]) AND kind = 'history_code' AND state = 'waiting';

-- name: erase_notices
-- Forgets what was to be said, and was said, to these persons, and the codes and links of their orders. What another customer
-- has ordered for one of them stays that customer's.
WITH parted AS (
    UPDATE notice SET recipient_digest = NULL
    WHERE recipient_digest = ANY($1::text[]) AND customer_digest <> ALL($1::text[])
), gone AS (
    DELETE FROM notice
    WHERE customer_digest = ANY($1::text[]) OR (recipient_digest = ANY($1::text[]) AND customer_digest IS NULL)
    RETURNING order_id
), without_links AS (
    DELETE FROM order_link WHERE order_id IN (SELECT order_id FROM gone)
)
DELETE FROM pickup_code WHERE order_id IN (SELECT order_id FROM gone);

-- name: delete_old_notices
-- Forgets notices that ended long ago, some at once.
DELETE FROM notice WHERE notice_id IN (
    SELECT notice_id FROM notice WHERE ended_at < $1 ORDER BY ended_at LIMIT $2
);

-- name: measure_notices
-- Since when the oldest notice waits that is to be sent now.
SELECT min(wanted_at) FROM notice WHERE state = 'waiting' AND wanted_at <= $1;

-- Pickup codes

-- name: save_codes
-- The newest code of each order.
INSERT INTO pickup_code (order_id, version, ciphertext, valid_until, recipient_version)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::timestamptz[], $5::bigint[])
ON CONFLICT (order_id) DO UPDATE
SET version = excluded.version, ciphertext = excluded.ciphertext, valid_until = excluded.valid_until,
    recipient_version = excluded.recipient_version
WHERE pickup_code.version < excluded.version;

-- name: load_code
-- The code of an order.
SELECT ciphertext FROM pickup_code WHERE order_id = $1;

-- name: delete_codes
-- Forgets codes that are void.
DELETE FROM pickup_code WHERE order_id = ANY($1::text[]);

-- name: delete_replaced_codes
-- Forgets codes that are void by these versions of their orders, unless those that take their place are here already.
DELETE FROM pickup_code AS c USING unnest($1::text[], $2::bigint[]) AS n (order_id, version)
WHERE c.order_id = n.order_id AND c.recipient_version < n.version;

-- name: delete_old_codes
-- Forgets codes whose time is over.
DELETE FROM pickup_code WHERE valid_until < $1;

-- Order links

-- name: save_links
-- The newest link of each order and purpose.
INSERT INTO order_link (order_id, purpose, version, ciphertext, valid_until)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[], $5::timestamptz[])
ON CONFLICT (order_id, purpose) DO UPDATE
SET version = excluded.version, ciphertext = excluded.ciphertext, valid_until = excluded.valid_until
WHERE order_link.version < excluded.version;

-- name: load_link
-- The link of an order for a purpose.
SELECT ciphertext FROM order_link WHERE order_id = $1 AND purpose = $2;

-- name: delete_links
-- Forgets links that are void.
DELETE FROM order_link AS l USING unnest($1::text[], $2::text[]) AS n (order_id, purpose)
WHERE l.order_id = n.order_id AND l.purpose = n.purpose;

-- name: delete_old_links
-- Forgets links whose time is over.
DELETE FROM order_link WHERE valid_until < $1;

-- Locations

-- name: save_locations
-- Takes over what headquarters say of locations, the highest version.
INSERT INTO location (location_id, version, name_ja, name_en, address)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (location_id) DO UPDATE
SET version = excluded.version, name_ja = excluded.name_ja, name_en = excluded.name_en, address = excluded.address
WHERE location.version < excluded.version;

-- name: delete_locations
-- Forgets locations that are no more.
DELETE FROM location WHERE location_id = ANY($1::text[]);

-- name: load_location
-- What shoppers are told of a location.
SELECT name_ja, name_en, address FROM location WHERE location_id = $1;
