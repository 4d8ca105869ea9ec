-- What insight's database says.

-- name: sales
-- Every sale.
SELECT sale_id, sold_jpy, returned_jpy, credited_jpy FROM sale;

-- name: documents
-- Every document about a sale.
SELECT sale_id, document_id, kind FROM sale_document;

-- name: credits
-- What each sale's entries add up to.
SELECT sale_id, sum(amount_jpy)::bigint AS amount_jpy FROM credit_entry GROUP BY sale_id;

-- name: credited_twice
-- The same party credited twice in the same role for the same document.
SELECT sale_id, document_id, role, party_kind, party_id, count(*) AS number, min(amount_jpy) AS amount_jpy
FROM credit_entry WHERE cause_kind = 'sale'
GROUP BY sale_id, document_id, role, party_kind, party_id, cause_id
HAVING count(*) > 1;

-- name: figures
-- Figures as last published.
SELECT name || ':' || scope || ':' || period AS kpi_id, version FROM kpi WHERE version > 0;

-- name: totals
-- The company's totals, and what was not added to them yet.
SELECT name, sum(amount)::float8 AS amount
FROM (
    SELECT name, scope, period, amount FROM kpi
    UNION ALL
    SELECT n.name, c.scope, c.period, (n.change ->> 0)::float8
    FROM kpi_change AS c CROSS JOIN LATERAL jsonb_each(c.figures) AS n (name, change)
) AS noted
WHERE scope = 'all' AND period = 'total' GROUP BY name;

-- name: sums
-- What all sales and credits come to, by the figure that says so.
SELECT 'sales_jpy' AS name, coalesce(sum(sold_jpy), 0)::float8 AS amount FROM sale
UNION ALL
SELECT 'returned_jpy', coalesce(sum(returned_jpy), 0)::float8 FROM sale
UNION ALL
SELECT 'credit_jpy', coalesce(sum(amount_jpy), 0)::float8 FROM credit_entry
UNION ALL
SELECT 'credit_stores_jpy', coalesce(sum(amount_jpy) FILTER (WHERE party_kind = 'store'), 0)::float8 FROM credit_entry;

-- name: journal
-- What the journal has of each document, by kind.
SELECT document_id, kind, sum(amount_jpy)::bigint AS amount_jpy FROM journal_entry GROUP BY document_id, kind;

-- name: journal_days
-- The entries of each closed day of the journal by kind.
SELECT d.company_id || ':' || d.place || ':' || d.business_date AS journal_id, e.kind, count(*) AS entries,
       sum(e.amount_jpy)::bigint AS amount_jpy
FROM journal_day AS d
LEFT JOIN journal_entry AS e ON e.place = d.place AND e.booked_on = d.business_date
WHERE d.closed_at IS NOT NULL
GROUP BY d.place, d.business_date, e.kind;

-- name: booked_on_no_day
-- Entries that are booked on a day which is not closed.
SELECT e.document_id, e.place, e.booked_on FROM journal_entry AS e
LEFT JOIN journal_day AS d ON d.place = e.place AND d.business_date = e.booked_on AND d.closed_at IS NOT NULL
WHERE e.booked_on IS NOT NULL AND d.place IS NULL;
