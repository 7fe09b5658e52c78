//! How a request names a key: by its id, its ARN, an alias or an alias's ARN.

use super::Cause;

/// What every alias begins with.
pub const ALIAS_PREFIX: &str = "alias/";
/// What the aliases of AWS's own keys begin with.
const RESERVED_PREFIX: &str = "alias/aws/";

/// What a request calls a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyName {
    /// A key's id; of the caller's account and Region unless the ARN named others.
    Id {
        /// Region and account of the ARN.
        place: Option<Place>,
        /// The id.
        id: String,
    },
    /// An alias, with its prefix; likewise.
    Alias {
        /// Region and account of the ARN.
        place: Option<Place>,
        /// The alias.
        alias: String,
    },
}

/// Where an ARN says that a key or alias is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Region.
    pub region: String,
    /// Account.
    pub account: String,
}

/// Reads what a request calls a key.
///
/// # Errors
/// For an ARN that is not one of a key or alias.
pub fn read(text: &str) -> Result<KeyName, Cause> {
    if !text.starts_with("arn:") {
        return Ok(if text.starts_with(ALIAS_PREFIX) {
            KeyName::Alias { place: None, alias: text.to_owned() }
        } else {
            KeyName::Id { place: None, id: text.to_owned() }
        });
    }
    let mut parts = text.splitn(6, ':').skip(1);
    let mut part = || parts.next().filter(|part| !part.is_empty()).ok_or(Cause::WrongArn);
    let (partition, service, region, account) = (part()?, part()?, part()?, part()?);
    let resource = part()?;
    if partition != "aws" || service != "kms" {
        return Err(Cause::WrongArn);
    }
    let place = Some(Place { region: region.to_owned(), account: account.to_owned() });
    match resource.strip_prefix("key/") {
        Some(id) if !id.is_empty() => Ok(KeyName::Id { place, id: id.to_owned() }),
        _ if resource.starts_with(ALIAS_PREFIX) => {
            Ok(KeyName::Alias { place, alias: resource.to_owned() })
        }
        _ => Err(Cause::WrongArn),
    }
}

/// The ARN of a key.
pub fn arn(region: &str, account: &str, id: &str) -> String {
    format!("arn:aws:kms:{region}:{account}:key/{id}")
}

/// The ARN of an alias, which has its prefix.
pub fn alias_arn(region: &str, account: &str, alias: &str) -> String {
    format!("arn:aws:kms:{region}:{account}:{alias}")
}

/// Checks the name of an alias.
///
/// # Errors
/// If it has not the prefix and something after it.
pub fn check_alias(alias: &str) -> Result<(), Cause> {
    let rest = alias.strip_prefix(ALIAS_PREFIX).unwrap_or_default();
    if rest.is_empty() || rest.ends_with('/') {
        return Err(Cause::WrongAlias);
    }
    Ok(())
}

/// Checks the name of an alias that is to be made.
///
/// # Errors
/// As [`check_alias`], and for the names that AWS keeps for its own.
pub fn check_new_alias(alias: &str) -> Result<(), Cause> {
    if check_alias(alias).is_err() || alias.starts_with(RESERVED_PREFIX) {
        return Err(Cause::WrongNewAlias);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_four_kinds_of_names() {
        let place = Some(Place { region: "us-east-1".into(), account: "111122223333".into() });
        let id = |place: &Option<Place>| KeyName::Id { place: place.clone(), id: "x-1".into() };
        let alias = |place: &Option<Place>| {
            let alias = "alias/team/key".to_owned();
            KeyName::Alias { place: place.clone(), alias }
        };
        let check = |text: &str, expect| assert_eq!(read(text), expect, "{text}");
        check("x-1", Ok(id(&None)));
        check("alias/team/key", Ok(alias(&None)));
        check(&arn("us-east-1", "111122223333", "x-1"), Ok(id(&place)));
        check(&alias_arn("us-east-1", "111122223333", "alias/team/key"), Ok(alias(&place)));
        check("arn:aws:kms:us-east-1:111122223333:grant/x-1", Err(Cause::WrongArn));
        check("arn:aws:kms:us-east-1:111122223333:key/", Err(Cause::WrongArn));
        check("arn:aws:kms:us-east-1::key/x-1", Err(Cause::WrongArn));
        check("arn:aws:iam:us-east-1:111122223333:key/x-1", Err(Cause::WrongArn));
        check("arn:aws:kms", Err(Cause::WrongArn));
    }

    #[test]
    fn aliases_have_a_prefix_and_a_name() {
        let check = |alias: &str, may_be, may_be_made| {
            let found = (check_alias(alias).is_ok(), check_new_alias(alias).is_ok());
            assert_eq!(found, (may_be, may_be_made), "{alias}");
        };
        check("alias/a", true, true);
        check("alias/a/b", true, true);
        check("alias/aws/license-manager", true, false);
        check("alias/", false, false);
        check("alias/a/", false, false);
        check("key", false, false);
    }
}
