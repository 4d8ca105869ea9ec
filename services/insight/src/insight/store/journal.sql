-- name: insert_entries
-- Enters what documents say of money.
INSERT INTO journal_entry (document_id, kind, tax_percent, place, happened_on, amount_jpy, tax_jpy, recorded_at)
SELECT document_id, kind, tax_percent, place, happened_on, amount_jpy, tax_jpy, $8
FROM unnest($1::text[], $2::text[], $3::smallint[], $4::text[], $5::date[], $6::bigint[], $7::bigint[])
     AS n (document_id, kind, tax_percent, place, happened_on, amount_jpy, tax_jpy)
ORDER BY document_id, kind, tax_percent ON CONFLICT DO NOTHING;

-- name: read_closed_days
-- Those of some days that are closed.
SELECT d.place, d.business_date, d.company_id, d.closed_at
FROM journal_day AS d
JOIN unnest($1::text[], $2::date[]) AS n (place, business_date)
  ON d.place = n.place AND d.business_date = n.business_date
WHERE d.closed_at IS NOT NULL;

-- name: book_entries
-- Books on a day of each place what happened until then and is in no day yet.
UPDATE journal_entry AS e SET booked_on = n.business_date
FROM unnest($1::text[], $2::date[]) AS n (place, business_date)
WHERE e.place = n.place AND e.booked_on IS NULL AND e.happened_on <= n.business_date;

-- name: read_parts
-- What is booked on some days, by kind, rate and the day on which it happened.
SELECT e.place, e.booked_on AS business_date, e.kind, e.tax_percent, e.happened_on, count(*) AS documents,
       sum(e.amount_jpy)::bigint AS amount_jpy, coalesce(sum(e.tax_jpy), 0)::bigint AS tax_jpy,
       count(*) FILTER (WHERE e.tax_jpy IS NULL) AS without_tax
FROM journal_entry AS e
JOIN unnest($1::text[], $2::date[]) AS n (place, business_date)
  ON e.place = n.place AND e.booked_on = n.business_date
GROUP BY e.place, e.booked_on, e.kind, e.tax_percent, e.happened_on
ORDER BY e.place, e.booked_on, e.kind, e.tax_percent, e.happened_on;

-- name: read_open_parts
-- What would be booked on a day if it were closed now, by kind, rate and the day on which it happened.
SELECT place, $2::date AS business_date, kind, tax_percent, happened_on, count(*) AS documents,
       sum(amount_jpy)::bigint AS amount_jpy, coalesce(sum(tax_jpy), 0)::bigint AS tax_jpy,
       count(*) FILTER (WHERE tax_jpy IS NULL) AS without_tax
FROM journal_entry
WHERE place = $1 AND booked_on IS NULL AND happened_on <= $2
GROUP BY place, kind, tax_percent, happened_on
ORDER BY kind, tax_percent, happened_on;

-- name: close_days
-- Keeps that days are closed, by which company and when.
UPDATE journal_day AS d SET company_id = n.company_id, closed_at = n.closed_at
FROM unnest($1::text[], $2::date[], $3::text[], $4::timestamptz[]) AS n (place, business_date, company_id, closed_at)
WHERE d.place = n.place AND d.business_date = n.business_date;

-- name: read_closed_days_after
-- The next closed days after one.
SELECT place, business_date, company_id, closed_at FROM journal_day
WHERE (place, business_date::text) > ($1, $2) AND closed_at IS NOT NULL
ORDER BY place, business_date LIMIT $3;

-- name: count_closed_days
-- How many days are closed.
SELECT count(*) FROM journal_day WHERE closed_at IS NOT NULL;
