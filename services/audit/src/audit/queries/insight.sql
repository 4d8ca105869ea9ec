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
