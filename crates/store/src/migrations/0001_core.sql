-- Accounts and their keys. Secrets are sealed under the master key.
CREATE TABLE account (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL
);
CREATE TABLE access_key (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    sealed_secret BYTEA NOT NULL,
    is_enabled BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL
);
CREATE INDEX access_key_account ON access_key (account);

-- Licenses and their versions; a version is one document and never changes.
CREATE TABLE license (
    key {row_key},
    arn TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    product_sku TEXT NOT NULL,
    beneficiary TEXT NOT NULL,
    home_region TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    deleted_at_ms BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX license_candidates
    ON license (account, beneficiary, product_sku, created_at_ms, key);
CREATE INDEX license_account ON license (account, created_at_ms, key);
CREATE TABLE license_version (
    license BIGINT NOT NULL,
    version BIGINT NOT NULL,
    terms TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (license, version)
) {index};
CREATE TABLE tag (
    resource TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (resource, key)
) {index};

-- The pools of a license: one document, and the row that a batch of the ledger locks.
CREATE TABLE pool (
    license {row_key},
    pools TEXT NOT NULL
) {busy};

-- Check-outs, appended in the order of seq. On SQLite no other index: the ledger keeps what it
-- needs to find in memory.
CREATE TABLE consumption (
    seq {row_key},
    license BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    issued_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    extended_to_ms BIGINT,
    extended_at_ms BIGINT,
    ended_at_ms BIGINT,
    client_key BYTEA NOT NULL,
    proof BYTEA NOT NULL,
    units TEXT NOT NULL,
    body TEXT NOT NULL
);
-- Check-outs that are over and can no longer be asked for again.
CREATE TABLE consumption_history (
    seq {row_key},
    license BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    issued_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    extended_to_ms BIGINT,
    extended_at_ms BIGINT,
    ended_at_ms BIGINT,
    client_key BYTEA NOT NULL,
    proof BYTEA NOT NULL,
    units TEXT NOT NULL,
    body TEXT NOT NULL
);
-- What comes back when, for engines without a resident ledger.
CREATE TABLE hold (
    license BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    pool BIGINT NOT NULL,
    units BIGINT NOT NULL,
    PRIMARY KEY (license, until_ms, pool)
) {index} {busy};

-- Answers that are given again to the same client token: a document, or the row of a check-out.
CREATE TABLE request (
    client_key BYTEA PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    fingerprint BIGINT,
    answer TEXT,
    seq BIGINT
) {index};
CREATE INDEX request_at ON request (at_ms);
