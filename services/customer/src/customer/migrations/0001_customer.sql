-- Who is who, by keyed hashes; what was bought; and personal data, which only its person's key opens.

CREATE TABLE customer (
    customer_id text PRIMARY KEY,
    version bigint NOT NULL DEFAULT 0,
    segment text,
    stage text,
    profile_digest bytea,
    -- purpose → channel → granted, as ConsentChanged was said last
    consents_told jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_as text CHECK (ended_as IN ('merged', 'erased')),
    merged_into text REFERENCES customer,
    CHECK ((ended_at IS NULL) = (ended_as IS NULL))
);

-- Every exact key that was ever named, as HMAC-SHA-256. Without a holder: named by a purchase, not identified yet.
-- suppressed_at: its customer was erased; nothing said before brings them back.
-- shared_as: the kind of which it is tied to more than one person has, so that it ties nobody any more; an erasure of
-- its holder changes nothing about that. has_limit: until a person says that it is one person's all the same.
-- The holder stands in the key's index: whose ten thousand purchases were is read from that alone.
CREATE TABLE identifier (
    digest text CHECK (digest ~ '^[0-9a-f]{64}$'),
    kind text,
    customer_id text REFERENCES customer,
    suppressed_at timestamptz,
    shared_as text,
    has_limit boolean NOT NULL DEFAULT true,
    PRIMARY KEY (digest) INCLUDE (customer_id),
    CHECK (customer_id IS NULL OR suppressed_at IS NULL)
);
CREATE INDEX identifier_customer ON identifier (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX identifier_shared ON identifier (shared_as) WHERE shared_as IS NOT NULL;

-- The order of all that is said of who is who: a transaction takes the next number and counts on from it.
CREATE SEQUENCE identity_sequence INCREMENT BY 1000000;

-- Opaque ids in their normal form; e-mail addresses and phones never stand here.
CREATE TABLE known_ref (
    ref text PRIMARY KEY,
    digest text NOT NULL UNIQUE REFERENCES identifier
);

-- Under which ref an identifier was named: decides how many it ties, and where it goes when a customer is split.
CREATE TABLE claim (
    digest text NOT NULL REFERENCES identifier,
    ref_digest text NOT NULL REFERENCES identifier,
    PRIMARY KEY (digest, ref_digest)
);
CREATE INDEX claim_ref ON claim (ref_digest);

-- Two customers of whom a person has decided that they are not one.
CREATE TABLE kept_apart (
    customer_id text NOT NULL REFERENCES customer,
    other_id text NOT NULL REFERENCES customer,
    PRIMARY KEY (customer_id, other_id),
    CHECK (customer_id < other_id)
);
CREATE INDEX kept_apart_other ON kept_apart (other_id);

-- Every merge, split and mark of a shared identifier, by the event that told of it: what an undo takes back.
-- other_id: who was merged into the customer, or split off.
CREATE TABLE identity_change (
    customer_id text NOT NULL REFERENCES customer,
    version bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('merged', 'split', 'shared')),
    other_id text REFERENCES customer,
    undone_at timestamptz,
    PRIMARY KEY (customer_id, version),
    CHECK ((other_id IS NULL) = (kind = 'shared'))
);

-- What each side held then: moved is what changed hands, or what was marked. An erasure deletes it, but for what is marked.
CREATE TABLE changed_key (
    customer_id text NOT NULL,
    version bigint NOT NULL,
    digest text NOT NULL REFERENCES identifier,
    moved boolean NOT NULL,
    PRIMARY KEY (customer_id, version, digest),
    FOREIGN KEY (customer_id, version) REFERENCES identity_change
);
CREATE INDEX changed_key_digest ON changed_key (digest);

-- What a merge rests on that no key in common explains: an identifier of each side. It hangs together until a split parts
-- the two, which stands with it, as undoing that split ties them again. An erasure deletes it.
CREATE TABLE tie (
    customer_id text NOT NULL,
    version bigint NOT NULL,
    digest text NOT NULL REFERENCES identifier,
    other_digest text NOT NULL REFERENCES identifier,
    cut_customer_id text,
    cut_version bigint,
    PRIMARY KEY (customer_id, version),
    FOREIGN KEY (customer_id, version) REFERENCES identity_change,
    FOREIGN KEY (cut_customer_id, cut_version) REFERENCES identity_change,
    CHECK (digest < other_digest),
    CHECK ((cut_customer_id IS NULL) = (cut_version IS NULL))
);
CREATE INDEX tie_digest ON tie (digest);
CREATE INDEX tie_other ON tie (other_digest);
CREATE INDEX tie_cut ON tie (cut_customer_id, cut_version) WHERE cut_version IS NOT NULL;

-- Each person's data key, wrapped by the master key; deleting it makes every copy of their data unreadable.
-- A person is whom a channel means by a ref: as customer, or as recipient of goods.
CREATE TABLE person_key (
    digest text NOT NULL REFERENCES identifier,
    role text NOT NULL CHECK (role IN ('customer', 'recipient')),
    wrapped_key bytea NOT NULL,
    PRIMARY KEY (digest, role)
);

-- customer_digest: for a recipient, the customer's ref with whom they are erased.
CREATE TABLE personal_data (
    digest text NOT NULL,
    role text NOT NULL,
    ciphertext bytea NOT NULL,
    stated_at timestamptz NOT NULL,
    customer_digest text REFERENCES identifier,
    PRIMARY KEY (digest, role),
    FOREIGN KEY (digest, role) REFERENCES person_key ON DELETE CASCADE
);
CREATE INDEX personal_data_customer ON personal_data (customer_digest) WHERE customer_digest IS NOT NULL;

-- What channels said of a customer's ref that what is stored of it contradicts: kept until a person has decided.
CREATE TABLE contradicted_data (
    digest text NOT NULL,
    role text NOT NULL CHECK (role = 'customer'),
    stated_at timestamptz NOT NULL,
    ciphertext bytea NOT NULL,
    PRIMARY KEY (digest, role, stated_at),
    FOREIGN KEY (digest, role) REFERENCES person_key ON DELETE CASCADE
);

-- The blocks that a customer's data under a ref are in, as the first half of HMAC-SHA-256: who may be the same person.
CREATE TABLE match_key (
    match_key bytea NOT NULL CHECK (length(match_key) = 16),
    digest text NOT NULL REFERENCES identifier,
    PRIMARY KEY (match_key, digest)
);
CREATE INDEX match_key_digest ON match_key (digest);

-- What a person is to decide, as a task was last published. body: the Task without its version. escalation: how many
-- steps of its kind's rule it has been given on, being overdue.
CREATE TABLE task (
    task_id text PRIMARY KEY,
    version bigint NOT NULL,
    is_open boolean NOT NULL,
    kind text NOT NULL,
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    escalation int NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX task_overdue ON task (kind, escalation, due_at) WHERE is_open;

-- Two customers of whom a task that is open asks whether they are one.
CREATE TABLE match_review (
    task_id text PRIMARY KEY REFERENCES task,
    customer_id text NOT NULL REFERENCES customer,
    other_id text NOT NULL REFERENCES customer,
    UNIQUE (customer_id, other_id),
    CHECK (customer_id < other_id)
);
CREATE INDEX match_review_other ON match_review (other_id);

-- Every statement, for ever (until erasure): what was in force when can be shown, over which wording, and who took it.
CREATE TABLE consent (
    consent_id text PRIMARY KEY,
    digest text NOT NULL REFERENCES identifier,
    purpose text NOT NULL,
    channel text NOT NULL,
    granted boolean NOT NULL,
    wording text,
    staff_ref text,
    device_id text,
    said_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX consent_digest ON consent (digest);

-- Signs of interest per ref, kind, channel and day of Japan: the first and the last of it.
CREATE TABLE interest (
    digest text NOT NULL REFERENCES identifier,
    kind text NOT NULL CHECK (kind IN ('viewed', 'considered', 'reserved')),
    channel text NOT NULL,
    day date NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL CHECK (last_at >= first_at),
    PRIMARY KEY (digest, kind, channel, day)
);
CREATE INDEX interest_first ON interest (first_at);

CREATE TABLE open_order (
    order_id text PRIMARY KEY,
    digest text NOT NULL REFERENCES identifier,
    placed_at timestamptz NOT NULL
);
CREATE INDEX open_order_digest ON open_order (digest);

-- A receipt's or an order's lines. bought_at is null while only returns are known; ordered_at is an order's, picked_up_at
-- where it was fetched at a store, returned_at when the last of it came back that was part of it. digest: whose it is.
-- published_customer_id: whom the published state names; it follows identity in a second step.
CREATE TABLE purchase (
    purchase_id text PRIMARY KEY,
    receipt_id text,
    order_id text,
    source text CHECK (source IN ('sale', 'completed', 'unmatched')),
    channel text,
    location_id text,
    bought_at timestamptz,
    ordered_at timestamptz,
    picked_up_at timestamptz,
    returned_at timestamptz,
    customer_ref text,
    digest text REFERENCES identifier,
    kept_jpy bigint NOT NULL DEFAULT 0 CHECK (kept_jpy >= 0),
    kept_pieces bigint NOT NULL DEFAULT 0 CHECK (kept_pieces >= 0),
    version bigint NOT NULL DEFAULT 0,
    published_customer_id text
);
CREATE INDEX purchase_bought ON purchase (coalesce(ordered_at, bought_at)) WHERE digest IS NOT NULL;
CREATE INDEX purchase_picked_up ON purchase (picked_up_at) WHERE digest IS NOT NULL;
CREATE INDEX purchase_returned ON purchase (returned_at) WHERE digest IS NOT NULL;
CREATE INDEX purchase_digest ON purchase (digest, bought_at, purchase_id) WHERE digest IS NOT NULL;

-- message: which message brought it, so that it counts once.
CREATE TABLE purchase_line (
    purchase_id text NOT NULL REFERENCES purchase,
    message text NOT NULL,
    line_id text NOT NULL,
    source text NOT NULL CHECK (source IN ('sale', 'completed', 'unmatched')),
    sku text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    amount_jpy bigint NOT NULL CHECK (amount_jpy >= 0),
    tax_percent integer NOT NULL,
    PRIMARY KEY (purchase_id, message, line_id)
);

CREATE TABLE purchase_return (
    purchase_id text NOT NULL REFERENCES purchase,
    return_id text NOT NULL,
    place integer NOT NULL,
    line_id text,
    sku text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    amount_jpy bigint CHECK (amount_jpy >= 0),
    returned_at timestamptz NOT NULL,
    PRIMARY KEY (purchase_id, return_id, place)
);

-- What customers did, by whoever holds the identifier now: merged, split or erased, a journey follows. place: of two
-- steps of one moment, which is the earlier.
CREATE VIEW journey_step AS
SELECT i.customer_id, s.stage, s.place, s.channel, s.at
FROM (
    SELECT digest, CASE kind WHEN 'viewed' THEN 'aware' WHEN 'considered' THEN 'considering' ELSE 'ordered' END AS stage,
        CASE kind WHEN 'viewed' THEN 1 WHEN 'considered' THEN 2 ELSE 3 END AS place, channel, first_at AS at
    FROM interest
    UNION ALL
    SELECT digest, CASE channel WHEN 'store' THEN 'bought_in_store' ELSE 'bought_online' END, 4, channel,
        coalesce(ordered_at, bought_at)
    FROM purchase WHERE digest IS NOT NULL
    UNION ALL
    SELECT digest, 'picked_up', 6, 'store', picked_up_at FROM purchase WHERE digest IS NOT NULL
    UNION ALL
    SELECT digest, 'returned', 7, channel, returned_at FROM purchase WHERE digest IS NOT NULL
) AS s
JOIN identifier AS i USING (digest)
WHERE i.customer_id IS NOT NULL
UNION ALL
SELECT i.customer_id, 'returning', 5, p.channel, coalesce(p.ordered_at, p.bought_at)
FROM purchase AS p JOIN identifier AS i USING (digest)
WHERE i.customer_id IS NOT NULL AND EXISTS (
    SELECT FROM identifier AS other JOIN purchase AS earlier ON earlier.digest = other.digest
    WHERE other.customer_id = i.customer_id
        AND (earlier.bought_at, earlier.purchase_id) < (p.bought_at, p.purchase_id)
);

-- What a fifth, two, three and four fifths of the customers who have bought are at or below.
CREATE TABLE quintile (
    measure text PRIMARY KEY CHECK (measure IN ('recency_days', 'frequency_purchases', 'monetary_amounts_jpy')),
    bounds bigint[] NOT NULL CHECK (cardinality(bounds) = 4)
);

-- What was told of the days up to one.
CREATE TABLE journey_told (
    day date PRIMARY KEY,
    version bigint NOT NULL DEFAULT 0,
    content jsonb
);

-- What was kept of a SKU of a purchase: what its parts come to, written with them, so that who bought a SKU in a period
-- is one stretch of one index. What came back whole has no row. digest is the purchase's.
CREATE TABLE kept_sku (
    purchase_id text NOT NULL REFERENCES purchase,
    sku text NOT NULL,
    bought_at timestamptz NOT NULL,
    channel text NOT NULL,
    digest text,
    pieces bigint NOT NULL CHECK (pieces > 0),
    amount_jpy bigint NOT NULL CHECK (amount_jpy >= 0),
    PRIMARY KEY (purchase_id, sku)
);
CREATE INDEX kept_sku_bought ON kept_sku (sku, bought_at) INCLUDE (channel, digest, pieces, amount_jpy);

-- What shoppers are told about their orders, and about links to histories: facts only. Who it goes to, the texts and the code are put in
-- as it is sent. The digests say under which refs that is looked up; without any, nobody can be told.
-- wanted_at: when it was to be sent at first; due_at: when it is tried next. until: when its matter is over.
-- claimed_until: one process sends it; if that dies, another does after this.
CREATE TABLE notice (
    notice_id text PRIMARY KEY,
    order_id text,
    link_id text,
    kind text NOT NULL,
    group_id text,
    cause_id text,
    lines jsonb NOT NULL,
    location_id text,
    until timestamptz,
    amount_jpy bigint CHECK (amount_jpy >= 0),
    carrier text,
    tracking_number text,
    customer_digest text REFERENCES identifier,
    recipient_digest text REFERENCES identifier,
    state text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'void', 'off')),
    reason text CHECK ((reason IS NOT NULL) = (state = 'failed')),
    made_at timestamptz NOT NULL,
    wanted_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    claimed_until timestamptz,
    ended_at timestamptz CHECK ((ended_at IS NULL) = (state = 'waiting')),
    message_id text NOT NULL,
    correlation_id text NOT NULL,
    traceparent text,
    CHECK ((order_id IS NULL) <> (link_id IS NULL))
);
CREATE INDEX notice_due ON notice (due_at, notice_id) WHERE state = 'waiting';
CREATE INDEX notice_order ON notice (order_id) WHERE state = 'waiting';
CREATE INDEX notice_link ON notice (link_id) WHERE state = 'waiting';
CREATE INDEX notice_customer ON notice (customer_digest) WHERE customer_digest IS NOT NULL;
CREATE INDEX notice_recipient ON notice (recipient_digest) WHERE recipient_digest IS NOT NULL;
CREATE INDEX notice_ended ON notice (ended_at) WHERE ended_at IS NOT NULL;

-- The digits that open an order's pickup, under the master key: they come without a word of whose they are.
CREATE TABLE pickup_code (
    order_id text PRIMARY KEY,
    version bigint NOT NULL,
    ciphertext bytea NOT NULL,
    valid_until timestamptz NOT NULL,
    -- The order's version by which all codes before this one are void; 0 where there was none.
    recipient_version bigint NOT NULL
);
CREATE INDEX pickup_code_valid ON pickup_code (valid_until);

-- What shoppers are told of the places where goods wait.
CREATE TABLE location (
    location_id text PRIMARY KEY,
    version bigint NOT NULL,
    name_ja text NOT NULL,
    name_en text NOT NULL,
    address text NOT NULL
);

-- The tokens of links by which shoppers act on their orders, under the master key: as pickup codes they name nobody.
CREATE TABLE order_link (
    order_id text NOT NULL,
    purpose text NOT NULL,
    version bigint NOT NULL,
    ciphertext bytea NOT NULL,
    valid_until timestamptz NOT NULL,
    PRIMARY KEY (order_id, purpose)
);
CREATE INDEX order_link_valid ON order_link (valid_until);

-- Whom an order that is not at its end is for, while a store may ask: where it is handed out, and from where it is sent.
CREATE TABLE order_party (
    order_id text PRIMARY KEY,
    version bigint NOT NULL,
    customer_digest text,
    recipient_digest text,
    desks text[] NOT NULL DEFAULT '{}',
    senders text[] NOT NULL DEFAULT '{}'
);
CREATE INDEX order_party_customer ON order_party (customer_digest) WHERE customer_digest IS NOT NULL;
CREATE INDEX order_party_recipient ON order_party (recipient_digest) WHERE recipient_digest IS NOT NULL;

-- Links by which somebody sees, or wants to see, the purchases of whoever holds the ref of `digest`; of a number that
-- nobody holds as well, so that both are answered alike. code: the digits that prove it, under the master key, until it
-- is proven or has ended. mailed_digest: the ref under which the address stood that they were sent to; where the two refs
-- are no more one customer's, nobody can say whose the link is, and it ends. valid_until: of the code, then of the link.
-- shown_digest: of what was published last.
CREATE TABLE history_link (
    link_id text PRIMARY KEY,
    version bigint NOT NULL,
    digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    sends_code boolean NOT NULL,
    code bytea CHECK (code IS NULL OR (proven_at IS NULL AND ended_at IS NULL)),
    mailed_digest text,
    guesses_left integer NOT NULL CHECK (guesses_left >= 0),
    asked_at timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    proven_at timestamptz,
    ended_at timestamptz,
    shown_digest bytea
);
CREATE INDEX history_link_digest ON history_link (digest);
CREATE INDEX history_link_mailed ON history_link (mailed_digest) WHERE mailed_digest IS NOT NULL;
CREATE INDEX history_link_ended ON history_link (ended_at) WHERE ended_at IS NOT NULL;
