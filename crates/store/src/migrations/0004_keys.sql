-- Keys that sign. `handle` is what the store of private keys needs to find one: for software keys
-- the private key itself, sealed under the master key.
CREATE TABLE kms_key (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    deletes_at_ms BIGINT,
    document TEXT NOT NULL,
    public_key BYTEA NOT NULL,
    store TEXT NOT NULL,
    handle BYTEA NOT NULL
);
CREATE INDEX kms_key_account ON kms_key (account, region, id);
CREATE INDEX kms_key_deletion ON kms_key (deletes_at_ms);
CREATE TABLE kms_alias (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    key_id TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    PRIMARY KEY (account, region, name)
) {index};
CREATE INDEX kms_alias_key ON kms_alias (key_id);
