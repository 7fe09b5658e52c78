//! Settings: flags, then environment, then `leasehold.toml`, then defaults.

pub mod credentials;
mod keys;
mod quotas;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use leasehold_core::identity::check_provider_url;
use leasehold_core::time;
use leasehold_store::Location;
use serde::Deserialize;

use crate::issuer;
use crate::throttle::Limits;

use keys::KeysFile;
pub use keys::{AwsSettings, KeyFlags, KeySettings, KeyStoreName};
pub use quotas::QuotaSettings;
use quotas::{QuotaProfile, Quotas};

/// Where the server listens by default.
pub const LISTEN_DEFAULT: &str = "127.0.0.1:8480";
/// The data folder by default.
pub const DATA_DEFAULT: &str = "./leasehold-data";
/// The Region of calls that name none (W26).
pub const REGION_DEFAULT: &str = "us-east-1";
/// The settings file that is read if it exists.
const FILE_DEFAULT: &str = "leasehold.toml";

/// Where things are; shared by all commands.
#[derive(Args, Clone, Debug, Default)]
pub struct DataFlags {
    /// Folder of the database, the master key and the administration socket [default:
    /// ./leasehold-data]
    #[arg(long, env = "LEASEHOLD_DATA", value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// SQLite file, or URL of a PostgreSQL database [default: leasehold.db in the data folder]
    #[arg(long, env = "LEASEHOLD_DATABASE", value_name = "PATH|URL")]
    pub database: Option<String>,
    /// Settings file [default: leasehold.toml, if there is one]
    #[arg(long, env = "LEASEHOLD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The flags of `leasehold serve`.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeFlags {
    /// Where things are.
    #[command(flatten)]
    pub place: DataFlags,
    /// URL of the issuer of tokens, as trust policies name it [default: AWS's own]
    #[arg(long, env = "LEASEHOLD_ISSUER", value_name = "URL")]
    pub issuer: Option<String>,
    /// Address to listen on [default: 127.0.0.1:8480]
    #[arg(long, env = "LEASEHOLD_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Region of calls that name none [default: us-east-1]
    #[arg(long, env = "LEASEHOLD_REGION")]
    pub region: Option<String>,
    /// Certificate chain for TLS, PEM
    #[arg(long, env = "LEASEHOLD_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key for TLS, PEM
    #[arg(long, env = "LEASEHOLD_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Where keys are kept.
    #[command(flatten)]
    pub keys: KeyFlags,
    /// Make the accounts seller, buyer and reseller, and a credentials file in the data folder
    #[arg(long)]
    pub demo: bool,
    /// Let clients move the time forward, beginning at TIME or now; loopback addresses only
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true,
          default_missing_value = "now")]
    pub test_clock: Option<String>,
}

/// What `leasehold.toml` may hold. An unknown name is refused, so that a slip is noticed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SettingsFile {
    listen: Option<SocketAddr>,
    data: Option<PathBuf>,
    database: Option<String>,
    region: Option<String>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    keys: KeysFile,
    quotas: Option<Quotas>,
    endpoints: BTreeMap<String, String>,
    issuer: Option<String>,
    identity_providers: BTreeMap<String, String>,
    limit_token_sessions: Option<bool>,
    limits: Limits,
}

/// The settings that operations follow.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Quotas in force.
    pub quotas: QuotaSettings,
    /// Endpoint of each Region that has one of its own (W73).
    pub endpoints: BTreeMap<String, String>,
    /// URL of the issuer of tokens (T4).
    pub issuer: String,
    /// Where the keys of identity providers are, by the provider's name: a file or a URL.
    pub identity_providers: BTreeMap<String, String>,
    /// Whether a session of a token can use the token's license only (C9).
    pub limits_token_sessions: bool,
    /// How often a token or a source may ask.
    pub limits: Limits,
    /// The Region of calls that name none (W26).
    pub region: String,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            quotas: QuotaSettings::default(),
            endpoints: BTreeMap::new(),
            issuer: issuer::URL_DEFAULT.to_owned(),
            identity_providers: BTreeMap::new(),
            limits_token_sessions: true,
            limits: Limits::default(),
            region: REGION_DEFAULT.to_owned(),
        }
    }
}

impl Policy {
    /// Where a call for this Region belongs (W73).
    pub fn location(&self, region: &str) -> String {
        let aws = || format!("https://license-manager.{region}.amazonaws.com");
        self.endpoints.get(region).cloned().unwrap_or_else(aws)
    }
}

/// Where the data is, settled.
#[derive(Clone, Debug)]
pub struct Place {
    /// The data folder.
    pub data: PathBuf,
    /// The database.
    pub database: Location,
}

impl Place {
    /// The socket for administration commands.
    pub fn socket(&self) -> PathBuf {
        self.data.join("admin.sock")
    }

    /// The master key.
    pub fn master_key(&self) -> PathBuf {
        self.data.join("master.key")
    }

    /// The demo credentials.
    pub fn credentials(&self) -> PathBuf {
        self.data.join("credentials")
    }
}

/// Certificate and key files.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// Chain, PEM.
    pub cert: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
}

/// How the server's clock begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockSetting {
    /// The system's time.
    System,
    /// Movable, from this instant or from now.
    Movable(Option<i64>),
}

/// Everything `leasehold serve` needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where things are.
    pub place: Place,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The Region of calls that name none.
    pub region: String,
    /// TLS, if any.
    pub tls: Option<TlsFiles>,
    /// Whether to make the demo accounts.
    pub demo: bool,
    /// The clock.
    pub clock: ClockSetting,
    /// Where private keys are kept.
    pub keys: KeySettings,
    /// What operations follow.
    pub policy: Policy,
}

/// Settles where the data is.
///
/// # Errors
/// A text for whoever gave the command.
pub fn settle_place(flags: &DataFlags) -> Result<Place, String> {
    let file = read_file(flags.config.as_deref())?;
    Ok(place(flags, &file))
}

fn place(flags: &DataFlags, file: &SettingsFile) -> Place {
    let data = flags.data.clone().or_else(|| file.data.clone());
    let data = data.unwrap_or_else(|| PathBuf::from(DATA_DEFAULT));
    let database = flags.database.as_ref().or(file.database.as_ref());
    let database = database.map_or_else(
        || Location::Sqlite(data.join("leasehold.db")),
        |database| Location::parse(database),
    );
    Place { data, database }
}

/// Settles everything for `leasehold serve`.
///
/// # Errors
/// A text for whoever gave the command.
pub fn settle(flags: ServeFlags) -> Result<Settings, String> {
    let file = read_file(flags.place.config.as_deref())?;
    let place = place(&flags.place, &file);
    let listen = flags.listen.or(file.listen).map_or_else(
        || LISTEN_DEFAULT.parse().map_err(|error| format!("{LISTEN_DEFAULT}: {error}")),
        Ok,
    )?;
    let clock = clock(flags.test_clock.as_deref())?;
    if clock != ClockSetting::System && !listen.ip().is_loopback() {
        return Err(format!(
            "--test-clock lets any client move the time, so it needs a loopback address; {listen} \
             is none"
        ));
    }
    let tls = match (flags.tls_cert.or(file.tls_cert), flags.tls_key.or(file.tls_key)) {
        (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
        (None, None) => None,
        _ => return Err("TLS needs both tls_cert and tls_key".to_owned()),
    };
    let quotas = match file.quotas {
        None | Some(Quotas::Profile(QuotaProfile::Off)) => QuotaSettings::default(),
        Some(Quotas::Profile(QuotaProfile::Aws)) => QuotaSettings::AWS,
        Some(Quotas::Each(settings)) => settings,
    };
    let issuer = flags.issuer.or(file.issuer).unwrap_or_else(|| issuer::URL_DEFAULT.to_owned());
    check_issuer(&issuer)?;
    let region = flags.region.or(file.region).unwrap_or_else(|| REGION_DEFAULT.to_owned());
    let policy = Policy {
        quotas,
        endpoints: file.endpoints,
        issuer,
        identity_providers: file.identity_providers,
        limits_token_sessions: file.limit_token_sessions.unwrap_or(true),
        limits: file.limits,
        region: region.clone(),
    };
    let keys = keys::settle(flags.keys, file.keys)?;
    Ok(Settings { place, listen, region, tls, demo: flags.demo, clock, keys, policy })
}

/// Refuses an issuer that trust policies could not name.
fn check_issuer(url: &str) -> Result<(), String> {
    match check_provider_url(url) {
        Ok(name) if name.ends_with('/') => Err("issuer: leave out the slash at its end".to_owned()),
        Ok(_) => Ok(()),
        Err(refusal) => Err(format!("issuer: {}", refusal.message)),
    }
}

fn clock(flag: Option<&str>) -> Result<ClockSetting, String> {
    match flag {
        None => Ok(ClockSetting::System),
        Some("now") => Ok(ClockSetting::Movable(None)),
        Some(text) => {
            time::parse(text).map(|start_ms| ClockSetting::Movable(Some(start_ms))).ok_or_else(
                || format!("--test-clock: '{text}' is no time; write 2021-04-12T00:00:00Z"),
            )
        }
    }
}

fn read_file(path: Option<&Path>) -> Result<SettingsFile, String> {
    let chosen = path.unwrap_or(Path::new(FILE_DEFAULT));
    let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", chosen.display());
    match std::fs::read_to_string(chosen) {
        Ok(text) => toml::from_str(&text).map_err(|error| fault(&error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && path.is_none() => {
            Ok(SettingsFile::default())
        }
        Err(error) => Err(fault(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle_file(text: &str, flags: ServeFlags) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, text).unwrap();
        let place = DataFlags { config: Some(path), ..flags.place };
        settle(ServeFlags { place, ..flags })
    }

    #[test]
    fn flags_come_before_the_file_and_the_file_before_defaults() {
        let settings = settle_file("region = 'eu-west-1'", ServeFlags::default()).unwrap();
        assert_eq!(settings.region, "eu-west-1");
        assert_eq!(settings.listen.to_string(), LISTEN_DEFAULT);
        let region = Some("us-west-2".to_owned());
        let flags = ServeFlags { region, ..ServeFlags::default() };
        assert_eq!(settle_file("region = 'eu-west-1'", flags).unwrap().region, "us-west-2");
        assert!(settle_file("regoin = 'eu-west-1'", ServeFlags::default()).is_err());
    }

    #[test]
    fn quotas_are_off_or_a_profile_or_each() {
        let check = |text: &str, expect: Option<i64>| {
            let quotas = settle_file(text, ServeFlags::default()).unwrap().policy.quotas;
            assert_eq!(quotas.licenses_per_account_max, expect, "{text}");
        };
        check("", None);
        check("quotas = 'aws'", Some(2_000));
        check("[quotas]\nlicenses_per_account_max = 3", Some(3));
    }

    #[test]
    fn a_test_clock_stays_on_loopback() {
        let listen = Some("0.0.0.0:8480".parse().unwrap());
        let test_clock = Some("now".to_owned());
        let flags = ServeFlags { listen, test_clock, ..ServeFlags::default() };
        assert!(settle_file("", flags).unwrap_err().contains("loopback"));
    }

    #[test]
    fn another_region_is_at_its_endpoint_or_at_aws() {
        let text = "[endpoints]\neu-west-1 = 'https://eu.example.com'";
        let policy = settle_file(text, ServeFlags::default()).unwrap().policy;
        assert_eq!(policy.location("eu-west-1"), "https://eu.example.com");
        assert_eq!(policy.location("us-west-2"), "https://license-manager.us-west-2.amazonaws.com");
    }
}
