-- Locations, as far as known: only stores earn a store's part.
CREATE TABLE location (
    location_id text PRIMARY KEY,
    kind text NOT NULL,
    company_id text NOT NULL,
    version bigint NOT NULL
);

-- Policies that were used or adopted, as they were then; the file may change or go, this stands.
CREATE TABLE credit_policy (
    policy_id text PRIMARY KEY,
    body jsonb NOT NULL,
    recorded_at timestamptz NOT NULL
);

-- Which policy holds from which business day on; of two for one day, the later adopted.
CREATE TABLE policy_adoption (
    adoption_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    adoption_id text NOT NULL UNIQUE,
    policy_id text NOT NULL REFERENCES credit_policy,
    effective_from date NOT NULL,
    recorded_at timestamptz NOT NULL
);

-- One row per sale ("order:…" or "receipt:…"), locked by whatever changes its credit. The last check is the
-- ledger's rule: what is credited is what was sold and did not come back.
CREATE TABLE sale (
    sale_id text PRIMARY KEY,
    sold_jpy bigint NOT NULL DEFAULT 0 CHECK (sold_jpy >= 0),
    returned_jpy bigint NOT NULL DEFAULT 0 CHECK (returned_jpy >= 0 AND returned_jpy <= sold_jpy),
    credited_jpy bigint NOT NULL DEFAULT 0,
    CHECK (credited_jpy = sold_jpy - returned_jpy)
);

-- What is known of a sale: what was sold, returned, voided; also returns that wait for their sale. A document is
-- never changed; basis and policy_id say of a sold one who contributed and which policy credits it. places: what its
-- locations were when it was credited; unknown_location_ids: those that were not known, and are added once they are.
-- ref_hash: the customer who bought; sightings: those of the same customer that count for it, by activity_id.
CREATE TABLE sale_document (
    sale_id text NOT NULL REFERENCES sale,
    document_id text NOT NULL,
    kind text NOT NULL,
    receipt_id text,
    occurred_at timestamptz NOT NULL,
    business_day date NOT NULL,
    lines jsonb NOT NULL,
    basis jsonb,
    policy_id text REFERENCES credit_policy,
    unknown_location_ids text[] NOT NULL DEFAULT '{}',
    places jsonb NOT NULL,
    ref_hash bytea,
    sightings jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (sale_id, document_id),
    CHECK ((basis IS NULL) = (policy_id IS NULL))
);
CREATE INDEX sale_document_business_day ON sale_document (business_day, sale_id) WHERE basis IS NOT NULL;
CREATE INDEX sale_document_ref ON sale_document (ref_hash) WHERE ref_hash IS NOT NULL;
CREATE INDEX sale_document_unknown_location ON sale_document USING gin (unknown_location_ids)
    WHERE unknown_location_ids <> '{}';

-- The credit ledger: who is credited what for which sold document, and why. Only added to. company_id is the party's
-- company, money_company_id the one that has the money; none while it is not known.
CREATE TABLE credit_entry (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sale_id text NOT NULL,
    document_id text NOT NULL,
    role text NOT NULL,
    party_kind text NOT NULL,
    party_id text NOT NULL,
    company_id text,
    money_company_id text,
    crosses_company boolean NOT NULL GENERATED ALWAYS AS (coalesce(company_id <> money_company_id, false)) STORED,
    amount_jpy bigint NOT NULL CHECK (amount_jpy <> 0),
    policy_id text NOT NULL REFERENCES credit_policy,
    cause_kind text NOT NULL,
    cause_id text NOT NULL,
    recorded_at timestamptz NOT NULL,
    FOREIGN KEY (sale_id, document_id) REFERENCES sale_document
);
CREATE INDEX credit_entry_document ON credit_entry (sale_id, document_id);

-- Orders as far as the counts need them; channel is unknown while only pickup has spoken of the order.
CREATE TABLE order_seen (
    order_id text PRIMARY KEY,
    channel text,
    location_ids text[] NOT NULL DEFAULT '{}'
);

-- Each step is counted once per order. counted: whether it is among the figures yet (it waits for the channel).
CREATE TABLE order_step (
    order_id text NOT NULL REFERENCES order_seen,
    step text NOT NULL,
    location_ids text[] NOT NULL,
    business_day date NOT NULL,
    counted boolean NOT NULL,
    PRIMARY KEY (order_id, step)
);
CREATE INDEX order_step_uncounted ON order_step (order_id) WHERE NOT counted;

-- The minutes of each task that was done, at its highest version so far that says how many; those that are not measured
-- are the planned ones. A task that is still to be done has no row. One that is asked for again after it was done is
-- another piece of work: created_at tells them apart.
CREATE TABLE task_seen (
    topic text NOT NULL,
    task_id text NOT NULL,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    minutes double precision,
    measured boolean,
    kind text,
    location_id text,
    order_id text,
    business_day date,
    PRIMARY KEY (topic, task_id, created_at)
);
CREATE INDEX task_seen_order ON task_seen (order_id) WHERE order_id IS NOT NULL;

-- What figures are counted from: an order, a pick, a count, a scan, a customer, each with the facts that are known of it.
-- days, figures, scopes: those to which it adds something, beside the whole company. day: the last of the days; none
-- where it is kept until it is told to be gone.
CREATE TABLE subject (
    subject_id text COLLATE "C" PRIMARY KEY,
    facts jsonb NOT NULL DEFAULT '{}',
    days date[] NOT NULL DEFAULT '{}',
    figures text[] NOT NULL DEFAULT '{}',
    scopes text[] NOT NULL DEFAULT '{}',
    day date
);
CREATE INDEX subject_days ON subject USING gin (days);
CREATE INDEX subject_day ON subject (day) WHERE day IS NOT NULL;

-- The figures, and the KPIs that are defined over them. Of a figure, a sum is `amount` and a mean is amount / count; a KPI
-- that is no figure has neither, and follows from those of its figures.
CREATE TABLE kpi (
    name text NOT NULL,
    scope text NOT NULL,
    period text NOT NULL,
    amount double precision NOT NULL DEFAULT 0,
    count bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    published_window bigint NOT NULL DEFAULT -1,
    target double precision,
    owner text,
    due date,
    baseline double precision,
    PRIMARY KEY (name, scope, period)
);
CREATE INDEX kpi_period ON kpi (period) WHERE period <> 'total';
CREATE INDEX kpi_scope ON kpi (scope, period);

-- What figures are to change by, one row for all of a scope and period that a batch changes: {name: [amount, count]}.
-- Batches only add rows here, so that none waits for another at the company's total; the publication adds them up.
CREATE TABLE kpi_change (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope text NOT NULL,
    period text NOT NULL,
    figures jsonb NOT NULL
);
CREATE INDEX kpi_change_place ON kpi_change (scope, period);

-- How many events there are per record key of insight.events.
CREATE TABLE record_version (
    record_key text PRIMARY KEY,
    version bigint NOT NULL DEFAULT 0
);

-- Targets, baselines and measures as they were taken on record.
CREATE TABLE board_record (
    kind text NOT NULL,
    record_id text NOT NULL,
    record_key text NOT NULL,
    version bigint NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (kind, record_id)
);

-- The cost of each shipment between locations at its highest version so far; none while it has not left.
CREATE TABLE shipment_seen (
    shipment_id text PRIMARY KEY,
    version bigint NOT NULL DEFAULT 0,
    owner text,
    business_day date,
    cost_jpy bigint,
    CHECK ((owner IS NULL) = (business_day IS NULL) AND (owner IS NULL) = (cost_jpy IS NULL))
);

-- The journal: what was taken and paid back where, by document and rate of tax. booked_on: the day whose journal has it,
-- none while no day has been closed with it; it is later than happened_on where that day was closed already. Apart from
-- booked_on only added to.
CREATE TABLE journal_entry (
    document_id text NOT NULL,
    kind text NOT NULL,
    tax_percent smallint NOT NULL,
    place text NOT NULL,
    happened_on date NOT NULL,
    booked_on date,
    amount_jpy bigint NOT NULL,
    tax_jpy bigint,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (document_id, kind, tax_percent),
    CHECK (booked_on >= happened_on)
);
CREATE INDEX journal_entry_open ON journal_entry (place, happened_on) WHERE booked_on IS NULL;
CREATE INDEX journal_entry_booked ON journal_entry (place, booked_on) WHERE booked_on IS NOT NULL;

-- The days of the journal, from when somebody wants to close them on; a day that is closed stays as it is.
CREATE TABLE journal_day (
    place text NOT NULL,
    business_date date NOT NULL,
    company_id text,
    closed_at timestamptz,
    PRIMARY KEY (place, business_date),
    CHECK ((company_id IS NULL) = (closed_at IS NULL))
);

-- Keys of this database's own: it keeps refs of customers only as hashes under one, so that nobody reads them here.
CREATE TABLE secret (
    name text PRIMARY KEY,
    value bytea NOT NULL
);

-- Where customers were seen with goods, for as long as it may count for a sale.
CREATE TABLE sighting (
    activity_id text PRIMARY KEY,
    ref_hash bytea NOT NULL,
    kind text NOT NULL,
    location_id text NOT NULL,
    sku text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX sighting_ref ON sighting (ref_hash, sku, at);
CREATE INDEX sighting_at ON sighting (at);

-- Which refs belong to one customer: what the latest event that names a ref says, by its sequence.
CREATE TABLE ref_owner (
    ref_hash bytea PRIMARY KEY,
    customer_id text NOT NULL,
    sequence bigint NOT NULL
);
CREATE INDEX ref_owner_customer ON ref_owner (customer_id);

-- Refs of persons who were erased: what comes under them later is booked without.
CREATE TABLE erased_ref (
    ref_hash bytea PRIMARY KEY,
    erased_at timestamptz NOT NULL
);

-- What was told of definitions, policies and measures, without its version, and of which day it speaks. Version 0:
-- nothing was told yet.
CREATE TABLE told (
    kind text NOT NULL CHECK (kind IN ('definition', 'policy', 'measure')),
    key text NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    content jsonb,
    as_of date,
    PRIMARY KEY (kind, key)
);
