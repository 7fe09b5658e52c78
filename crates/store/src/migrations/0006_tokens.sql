-- The keys that sign tokens. `handle` is what the store of private keys needs to find one, as for
-- keys of KMS. A key without `retired_at_ms` signs; one with `access_until_ms` still vouches for
-- access tokens until then.
CREATE TABLE issuer_key (
    id TEXT PRIMARY KEY,
    created_at_ms BIGINT NOT NULL,
    retired_at_ms BIGINT,
    access_until_ms BIGINT,
    public_key BYTEA NOT NULL,
    store TEXT NOT NULL,
    handle BYTEA NOT NULL
);
-- Refresh tokens, by all but themselves: `digest` is the SHA-256 of the token that was given.
CREATE TABLE token (
    key {row_key},
    id TEXT NOT NULL,
    account TEXT NOT NULL,
    license BIGINT NOT NULL,
    signing_key TEXT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    deleted_at_ms BIGINT,
    digest BYTEA NOT NULL,
    document TEXT NOT NULL
);
CREATE UNIQUE INDEX token_id ON token (id);
CREATE INDEX token_account ON token (account, key);
CREATE INDEX token_license ON token (license, account);
CREATE INDEX token_signing_key ON token (signing_key);
CREATE INDEX token_deletion ON token (deleted_at_ms);
