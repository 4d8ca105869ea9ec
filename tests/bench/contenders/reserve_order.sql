-- The contender plpgsql: an order decided in one call. Returns the lines that can't be had; null where it was decided before.
CREATE FUNCTION reserve_order(
    p_order_id text, p_ready_by timestamptz, p_wanted text, p_location_id text,
    p_ids text[], p_line_ids text[], p_skus text[], p_quantities integer[]
) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    lacking text[];
BEGIN
    INSERT INTO orders (order_id, state, version, allocation_version, ready_by, wanted)
    VALUES (p_order_id, 'open', 1, 1, p_ready_by, p_wanted::jsonb) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM stock WHERE location_id = p_location_id AND sku = ANY (p_skus) ORDER BY sku FOR UPDATE;
    SELECT coalesce(array_agg(n.line_id), '{}') INTO lacking
    FROM unnest(p_line_ids, p_skus, p_quantities) AS n (line_id, sku, quantity)
    LEFT JOIN stock AS s ON s.location_id = p_location_id AND s.sku = n.sku
    WHERE coalesce(s.available, 0) < n.quantity;
    IF lacking = '{}' THEN
        UPDATE stock AS s SET reserved = s.reserved + n.quantity, version = s.version + 1
        FROM unnest(p_skus, p_quantities) AS n (sku, quantity)
        WHERE s.location_id = p_location_id AND s.sku = n.sku;
        INSERT INTO allocation (
            order_id, allocation_id, state, place_id, line_id, sku, location_id, quantity
        )
        SELECT p_order_id, n.id, 'reserved', p_location_id, n.line_id, n.sku, p_location_id, n.quantity
        FROM unnest(p_ids, p_line_ids, p_skus, p_quantities) AS n (id, line_id, sku, quantity);
    END IF;
    RETURN lacking;
END $$;
