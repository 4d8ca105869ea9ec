-- name: measure_quintiles
-- What a fifth, two, three and four fifths of the customers are at or below at $1; windows of $2 and $3 days.
WITH population AS (
    SELECT floor(extract(epoch FROM $1::timestamptz - max(p.bought_at)) / 86400)::bigint AS recency,
        count(*) FILTER (WHERE p.bought_at > $1 - make_interval(hours => 24 * $2::integer)) AS frequency,
        coalesce(sum(p.kept_jpy) FILTER (WHERE p.bought_at > $1 - make_interval(hours => 24 * $3::integer)), 0)::bigint
            AS monetary
    FROM purchase AS p JOIN identifier AS i USING (digest)
    WHERE i.customer_id IS NOT NULL AND p.kept_pieces > 0
    GROUP BY i.customer_id
)
SELECT count(*) AS customers,
    percentile_disc('{0.2, 0.4, 0.6, 0.8}'::float8[]) WITHIN GROUP (ORDER BY recency) AS recency_days,
    percentile_disc('{0.2, 0.4, 0.6, 0.8}'::float8[]) WITHIN GROUP (ORDER BY frequency) AS frequency_purchases,
    percentile_disc('{0.2, 0.4, 0.6, 0.8}'::float8[]) WITHIN GROUP (ORDER BY monetary) AS monetary_amounts_jpy
FROM population;

-- name: load_quintiles
-- The bounds in force.
SELECT measure, bounds FROM quintile;

-- name: save_quintiles
-- The bounds from now on; those that stay as they were are not written, and not returned.
INSERT INTO quintile AS q (measure, bounds)
SELECT k.measure, k.bounds FROM jsonb_to_recordset($1::jsonb) AS k (measure text, bounds bigint[]) ORDER BY k.measure
ON CONFLICT (measure) DO UPDATE SET bounds = excluded.bounds WHERE q.bounds <> excluded.bounds
RETURNING q.measure;

-- name: delete_quintiles
-- There are too few customers, or the rules ask for none.
DELETE FROM quintile RETURNING measure;

-- name: customers_after
-- The next customers after one who have a profile.
SELECT customer_id FROM customer
WHERE customer_id > $1 AND ended_at IS NULL AND profile_digest IS NOT NULL ORDER BY customer_id LIMIT $2;
