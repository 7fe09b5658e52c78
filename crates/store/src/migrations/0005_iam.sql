-- Users, groups, roles, managed policies and OpenID Connect providers. `name_key` is the name in
-- lower case; `details` is what only one kind has; `default_version` stands in them, too, for
-- joins.
CREATE TABLE iam_entity (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    name_key TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    boundary TEXT,
    default_version BIGINT,
    details TEXT NOT NULL
);
CREATE UNIQUE INDEX iam_entity_name ON iam_entity (account, kind, name_key);
CREATE INDEX iam_entity_boundary ON iam_entity (account, boundary);
-- Which users are in which groups, by their ids.
CREATE TABLE iam_membership (
    group_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (group_id, user_id)
) {index};
CREATE INDEX iam_membership_user ON iam_membership (user_id, group_id);
-- The versions of managed policies; a version never changes.
CREATE TABLE iam_policy_version (
    policy TEXT NOT NULL,
    version BIGINT NOT NULL,
    document TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (policy, version)
);
-- Inline policies of users, groups and roles.
CREATE TABLE iam_inline_policy (
    entity TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (entity, name)
);
-- Which users, groups and roles have which managed policies, by ARN; those of an account's own by
-- their ids, too.
CREATE TABLE iam_attachment (
    entity TEXT NOT NULL,
    policy TEXT NOT NULL,
    policy_id TEXT,
    account TEXT NOT NULL,
    PRIMARY KEY (entity, policy)
) {index};
CREATE INDEX iam_attachment_policy ON iam_attachment (account, policy, entity);

-- The user whose key it is; none for the account's root.
ALTER TABLE access_key ADD COLUMN user_id TEXT;
CREATE INDEX access_key_user ON access_key (user_id);
-- When, where and for what a key was used last.
CREATE TABLE access_key_use (
    key TEXT PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    region TEXT NOT NULL,
    service TEXT NOT NULL
) {index};

-- The name that an account may have instead of its number.
ALTER TABLE account ADD COLUMN alias TEXT;
CREATE UNIQUE INDEX account_alias ON account (alias);

-- Grows with every change to the account's users, groups, roles and policies.
ALTER TABLE account ADD COLUMN iam_revision BIGINT NOT NULL DEFAULT 0;
