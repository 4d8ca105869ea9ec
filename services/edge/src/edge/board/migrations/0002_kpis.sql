-- KPIs as insight tells them.
CREATE TABLE kpi (
    kpi_id text PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL,
    scope text NOT NULL,
    period text NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX kpi_name ON kpi (name, scope, period);
CREATE INDEX kpi_scope ON kpi (scope, period);
CREATE INDEX kpi_period ON kpi (period);
