-- What customer's database says.

-- name: purchases
-- Every purchase that is known, with what is kept of it.
SELECT purchase_id, kept_jpy, version FROM purchase WHERE bought_at IS NOT NULL;

-- name: bought
-- What each message says was bought.
SELECT purchase_id, message, sum(amount_jpy)::bigint AS amount_jpy, count(*) AS lines
FROM purchase_line GROUP BY purchase_id, message;

-- name: customers
-- Customers who are still there, as far as their service has spoken of them.
SELECT customer_id, version, profile_digest IS NOT NULL AS has_profile FROM customer WHERE ended_at IS NULL;
