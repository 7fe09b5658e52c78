-- Organizations: what is small is one document, the tree is rows.
CREATE TABLE organization (
    id TEXT PRIMARY KEY,
    document TEXT NOT NULL
);
-- Organizational units; the parent is another one, or the root.
CREATE TABLE organization_unit (
    id TEXT PRIMARY KEY,
    organization TEXT NOT NULL,
    parent TEXT NOT NULL,
    name TEXT NOT NULL
);
CREATE UNIQUE INDEX organization_unit_name ON organization_unit (organization, parent, name);
-- The accounts of organizations: each is in at most one. `creation` names the request that made
-- the account in the organization; accounts that joined have none.
CREATE TABLE organization_account (
    account TEXT PRIMARY KEY,
    organization TEXT NOT NULL,
    parent TEXT NOT NULL,
    joined_at_ms BIGINT NOT NULL,
    email TEXT,
    creation TEXT UNIQUE
);
CREATE INDEX organization_account_parent ON organization_account (organization, parent, account);
-- Invitations.
CREATE TABLE handshake (
    id TEXT PRIMARY KEY,
    organization TEXT NOT NULL,
    account TEXT NOT NULL,
    requested_at_ms BIGINT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX handshake_organization ON handshake (organization, id);
CREATE INDEX handshake_account ON handshake (account, id);

-- License Manager's settings of an account in a Region.
CREATE TABLE service_settings (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, region)
) {index};
