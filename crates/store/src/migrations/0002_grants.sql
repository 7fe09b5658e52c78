-- Grants and their versions; a version is one document and never changes.
CREATE TABLE license_grant (
    key {row_key},
    arn TEXT NOT NULL UNIQUE,
    license BIGINT NOT NULL,
    parent BIGINT,
    depth BIGINT NOT NULL,
    granter TEXT NOT NULL,
    principal TEXT NOT NULL,
    grantee TEXT,
    is_member BIGINT NOT NULL,
    home_region TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    version BIGINT NOT NULL,
    status TEXT NOT NULL
);
CREATE INDEX license_grant_license ON license_grant (license, principal);
CREATE INDEX license_grant_parent ON license_grant (parent);
CREATE INDEX license_grant_granter ON license_grant (granter, created_at_ms, key);
CREATE INDEX license_grant_principal ON license_grant (principal, created_at_ms, key);
CREATE INDEX license_grant_grantee ON license_grant (grantee, status);
CREATE TABLE grant_version (
    grant_key BIGINT NOT NULL,
    version BIGINT NOT NULL,
    terms TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (grant_key, version)
) {index};

-- What is out of a pool through a grant and everything below it. On SQLite only what is drawn:
-- what is held can be told from the check-outs.
CREATE TABLE grant_edge (
    license BIGINT NOT NULL,
    grant_key BIGINT NOT NULL,
    pool BIGINT NOT NULL,
    restarts BIGINT NOT NULL,
    drawn BIGINT NOT NULL,
    held BIGINT NOT NULL,
    PRIMARY KEY (license, grant_key, pool)
) {index} {busy};

-- What comes back when, counted by the pool (grant_key 0) and by each grant on the way.
ALTER TABLE hold RENAME TO hold_before;
CREATE TABLE hold (
    license BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    pool BIGINT NOT NULL,
    grant_key BIGINT NOT NULL,
    units BIGINT NOT NULL,
    PRIMARY KEY (license, until_ms, pool, grant_key)
) {index} {busy};
INSERT INTO hold (license, until_ms, pool, grant_key, units)
    SELECT license, until_ms, pool, 0, units FROM hold_before;
DROP TABLE hold_before;

-- Through which grant a check-out was made, and whose seat it is.
ALTER TABLE consumption ADD COLUMN grant_key BIGINT;
ALTER TABLE consumption ADD COLUMN seat BYTEA;
ALTER TABLE consumption_history ADD COLUMN grant_key BIGINT;
ALTER TABLE consumption_history ADD COLUMN seat BYTEA;
CREATE INDEX consumption_seat ON consumption (seat) WHERE seat IS NOT NULL;
