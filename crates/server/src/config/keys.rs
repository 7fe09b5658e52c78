//! Settings: where private keys are kept.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::REGION_DEFAULT;
use crate::keyring::pkcs11;

/// The flags about keys.
#[derive(Args, Clone, Debug, Default)]
pub struct KeyFlags {
    /// Where new signing keys are kept [default: software]
    #[arg(long, env = "LEASEHOLD_KEY_STORE", value_name = "STORE")]
    pub key_store: Option<KeyStoreName>,
    /// Shared library of a PKCS #11 token
    #[arg(long, env = "LEASEHOLD_PKCS11_MODULE", value_name = "FILE")]
    pub pkcs11_module: Option<PathBuf>,
    /// Label of the token
    #[arg(long, env = "LEASEHOLD_PKCS11_TOKEN", value_name = "LABEL")]
    pub pkcs11_token: Option<String>,
    /// File with the token's PIN
    #[arg(long, env = "LEASEHOLD_PKCS11_PIN_FILE", value_name = "FILE")]
    pub pkcs11_pin_file: Option<PathBuf>,
    /// Region of the AWS KMS that keeps keys [default: us-east-1]
    #[arg(long, env = "LEASEHOLD_KMS_REGION", value_name = "REGION")]
    pub kms_region: Option<String>,
    /// Endpoint of it [default: AWS's own of the Region]
    #[arg(long, env = "LEASEHOLD_KMS_ENDPOINT", value_name = "URL")]
    pub kms_endpoint: Option<String>,
    /// Profile of its credentials in the shared credentials file
    #[arg(long, env = "LEASEHOLD_KMS_PROFILE", value_name = "NAME")]
    pub kms_profile: Option<String>,
}

/// The kinds of stores.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum KeyStoreName {
    /// In the database, sealed under the master key
    #[default]
    Software,
    /// In a token behind PKCS #11, such as an HSM
    Pkcs11,
    /// In AWS KMS
    Aws,
}

/// What `leasehold.toml` may hold about keys.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeysFile {
    store: Option<KeyStoreName>,
    pkcs11: Option<Pkcs11File>,
    aws: Option<AwsFile>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Pkcs11File {
    module: Option<PathBuf>,
    token: Option<String>,
    pin_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AwsFile {
    region: Option<String>,
    endpoint: Option<String>,
    profile: Option<String>,
}

/// Where private keys are kept. Software keys always can be; the other stores are there if they are
/// set up, so that their keys sign even when new ones are kept elsewhere.
#[derive(Clone, Debug, Default)]
pub struct KeySettings {
    /// Where new ones are.
    pub store: KeyStoreName,
    /// The token.
    pub pkcs11: Option<pkcs11::Settings>,
    /// AWS KMS.
    pub aws: Option<AwsSettings>,
}

/// Which AWS KMS, and as whom.
#[derive(Clone, Debug)]
pub struct AwsSettings {
    /// Its Region.
    pub region: String,
    /// Its address, if not AWS's own.
    pub endpoint: Option<String>,
    /// Profile of the credentials; those of the environment if there is none.
    pub profile: Option<String>,
}

/// Settles it.
///
/// # Errors
/// A text for whoever gave the command.
pub fn settle(flags: KeyFlags, file: KeysFile) -> Result<KeySettings, String> {
    let store = flags.key_store.or(file.store).unwrap_or_default();
    let token = file.pkcs11.unwrap_or_default();
    let pkcs11 = match (
        flags.pkcs11_module.or(token.module),
        flags.pkcs11_token.or(token.token),
        flags.pkcs11_pin_file.or(token.pin_file),
    ) {
        (Some(module), Some(token), Some(pin_file)) => {
            Some(pkcs11::Settings { module, token, pin_file })
        }
        (None, None, None) if store != KeyStoreName::Pkcs11 => None,
        _ => return Err("keys in a PKCS #11 token need its module, token and pin_file".to_owned()),
    };
    let is_aws_set = file.aws.is_some()
        || flags.kms_region.is_some()
        || flags.kms_endpoint.is_some()
        || flags.kms_profile.is_some();
    let kms = file.aws.unwrap_or_default();
    let aws = (is_aws_set || store == KeyStoreName::Aws).then(|| AwsSettings {
        region: flags.kms_region.or(kms.region).unwrap_or_else(|| REGION_DEFAULT.to_owned()),
        endpoint: flags.kms_endpoint.or(kms.endpoint),
        profile: flags.kms_profile.or(kms.profile),
    });
    Ok(KeySettings { store, pkcs11, aws })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_whole_or_not_there() {
        let check = |text: &str, expect: Option<(KeyStoreName, bool, bool)>| {
            let file: KeysFile = toml::from_str(text).unwrap();
            let settled = settle(KeyFlags::default(), file).ok();
            let found = settled.map(|it| (it.store, it.pkcs11.is_some(), it.aws.is_some()));
            assert_eq!(found, expect, "{text}");
        };
        let token = "[pkcs11]\nmodule = 'm'\ntoken = 't'\npin_file = 'p'";
        check("", Some((KeyStoreName::Software, false, false)));
        check(token, Some((KeyStoreName::Software, true, false)));
        check(&format!("store = 'pkcs11'\n{token}"), Some((KeyStoreName::Pkcs11, true, false)));
        check("store = 'pkcs11'", None);
        check("[pkcs11]\nmodule = 'm'", None);
        check("store = 'aws'", Some((KeyStoreName::Aws, false, true)));
        check("[aws]\nprofile = 'p'", Some((KeyStoreName::Software, false, true)));
        assert!(toml::from_str::<KeysFile>("store = 'paper'").is_err());
    }
}
