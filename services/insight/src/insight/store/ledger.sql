-- name: read_documents
-- All documents of some sales.
SELECT sale_id, document_id, kind, receipt_id, occurred_at, business_day, lines, basis, policy_id, places,
       ref_hash, sightings
FROM sale_document WHERE sale_id = ANY($1::text[]) ORDER BY sale_id, occurred_at, document_id;

-- name: read_balances
-- What each account of some sales stands at.
SELECT sale_id, document_id, role, party_kind, party_id, company_id, money_company_id,
       sum(amount_jpy)::bigint AS amount_jpy
FROM credit_entry WHERE sale_id = ANY($1::text[])
GROUP BY sale_id, document_id, role, party_kind, party_id, company_id, money_company_id;

-- name: insert_documents
-- Adds documents to their sales.
INSERT INTO sale_document (sale_id, document_id, kind, receipt_id, occurred_at, business_day, lines, basis, policy_id,
                           unknown_location_ids, places, ref_hash, sightings, recorded_at)
SELECT sale_id, document_id, kind, receipt_id, occurred_at, business_day, lines::jsonb, basis, policy_id,
       string_to_array(unknown_location_ids, ':'), places, ref_hash, sightings, $14
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::date[], $7::text[], $8::jsonb[],
            $9::text[], $10::text[], $11::jsonb[], $12::bytea[], $13::jsonb[])
     AS n (sale_id, document_id, kind, receipt_id, occurred_at, business_day, lines, basis, policy_id,
           unknown_location_ids, places, ref_hash, sightings);

-- name: insert_entries
-- Adds to the ledger, in order.
INSERT INTO credit_entry (sale_id, document_id, role, party_kind, party_id, company_id, money_company_id, amount_jpy,
                          policy_id, cause_kind, cause_id, recorded_at)
SELECT sale_id, document_id, role, party_kind, party_id, company_id, money_company_id, amount_jpy, policy_id,
       cause_kind, cause_id, $12
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
            $9::text[], $10::text[], $11::text[]) WITH ORDINALITY
     AS n (sale_id, document_id, role, party_kind, party_id, company_id, money_company_id, amount_jpy, policy_id,
           cause_kind, cause_id, place)
ORDER BY place;

-- name: update_sales
-- Writes what sales amount to; the table checks that the credit is what was sold and did not come back.
UPDATE sale AS s SET sold_jpy = n.sold_jpy, returned_jpy = n.returned_jpy, credited_jpy = n.credited_jpy
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS n (sale_id, sold_jpy, returned_jpy, credited_jpy)
WHERE s.sale_id = n.sale_id;

-- name: read_sales_sold_between
-- The next sales, by id, of which something was sold on the days from $1 to $2.
SELECT DISTINCT sale_id FROM sale_document
WHERE basis IS NOT NULL AND business_day BETWEEN $1 AND $2 AND sale_id > $3
ORDER BY sale_id LIMIT $4;

-- name: read_credit_between
-- What each party is credited for what was sold on the days from $1 to $2; what another company was paid, apart.
SELECT e.party_kind, e.party_id, e.crosses_company, sum(e.amount_jpy)::bigint AS amount_jpy
FROM sale_document AS d
JOIN credit_entry AS e ON e.sale_id = d.sale_id AND e.document_id = d.document_id
WHERE d.basis IS NOT NULL AND d.business_day BETWEEN $1 AND $2
GROUP BY e.party_kind, e.party_id, e.crosses_company;

-- name: read_sale
-- What a sale amounts to.
SELECT sale_id, sold_jpy, returned_jpy, credited_jpy FROM sale WHERE sale_id = $1;

-- name: read_sale_entries
-- A sale's credit, entry by entry.
SELECT document_id, role, party_kind, party_id, company_id, money_company_id, crosses_company, amount_jpy, policy_id,
       cause_kind, cause_id, recorded_at
FROM credit_entry WHERE sale_id = $1 ORDER BY entry_id;

-- name: read_sales_missing_location
-- Some sales that were credited without knowing one of these locations, which are known by now.
SELECT DISTINCT d.sale_id
FROM location AS l
JOIN sale_document AS d ON d.unknown_location_ids <> '{}' AND d.unknown_location_ids @> ARRAY[l.location_id]
WHERE l.location_id = ANY($1::text[])
ORDER BY d.sale_id LIMIT $2;

-- name: update_known
-- Keeps what documents know of their locations and sightings.
UPDATE sale_document AS d
SET unknown_location_ids = string_to_array(n.unknown_location_ids, ':'), places = n.places, sightings = n.sightings
FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::jsonb[])
     AS n (sale_id, document_id, unknown_location_ids, places, sightings)
WHERE d.sale_id = n.sale_id AND d.document_id = n.document_id;

-- name: read_sales_bought_by
-- The sales of which something was bought under some refs.
SELECT DISTINCT sale_id FROM sale_document WHERE ref_hash = ANY($1::bytea[]) ORDER BY sale_id;
