//! Settings: flags, then environment, then `leasehold.toml`, then defaults.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use leasehold_core::identity::Kind;
use leasehold_core::time;
use leasehold_store::Location;
use serde::Deserialize;

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
    quotas: Option<Quotas>,
    endpoints: BTreeMap<String, String>,
}

/// AWS's account quotas: a profile, or each by itself (section 12). Off by default.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(
    untagged,
    expecting = "quotas must be \"aws\", \"off\", or a table of licenses_per_account_max, \
                 grants_per_license_max, received_licenses_per_product_max, \
                 organization_grants_at_once_max, users_per_account_max, \
                 groups_per_account_max, roles_per_account_max, policies_per_account_max, \
                 providers_per_account_max and minutes_between_extensions_min"
)]
enum Quotas {
    Profile(QuotaProfile),
    Each(QuotaSettings),
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum QuotaProfile {
    Aws,
    Off,
}

/// The quotas that bite in this version.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct QuotaSettings {
    /// Licenses of an account that are not deleted (L13).
    pub licenses_per_account_max: Option<i64>,
    /// Grants of a license that are not over, organizations' parts aside (G21).
    pub grants_per_license_max: Option<i64>,
    /// Licenses of one product that an account may have received (G23).
    pub received_licenses_per_product_max: Option<i64>,
    /// Grants to organizations that are being distributed at once (G20).
    pub organization_grants_at_once_max: Option<i64>,
    /// Users of an account.
    pub users_per_account_max: Option<i64>,
    /// Groups of an account.
    pub groups_per_account_max: Option<i64>,
    /// Roles of an account.
    pub roles_per_account_max: Option<i64>,
    /// Managed policies of an account's own.
    pub policies_per_account_max: Option<i64>,
    /// OpenID Connect providers of an account.
    pub providers_per_account_max: Option<i64>,
    /// Minutes between two extensions of a check-out (C55).
    pub minutes_between_extensions_min: Option<i64>,
}

impl QuotaSettings {
    /// AWS's numbers (section 12).
    pub const AWS: Self = Self {
        licenses_per_account_max: Some(2_000),
        grants_per_license_max: Some(2_000),
        received_licenses_per_product_max: Some(10),
        organization_grants_at_once_max: Some(10),
        users_per_account_max: Some(5_000),
        groups_per_account_max: Some(300),
        roles_per_account_max: Some(1_000),
        policies_per_account_max: Some(1_500),
        providers_per_account_max: Some(100),
        minutes_between_extensions_min: Some(60),
    };

    /// How many of a kind an account may have.
    pub fn entities_max(&self, kind: Kind) -> Option<i64> {
        match kind {
            Kind::User => self.users_per_account_max,
            Kind::Group => self.groups_per_account_max,
            Kind::Role => self.roles_per_account_max,
            Kind::Policy => self.policies_per_account_max,
            Kind::Provider => self.providers_per_account_max,
        }
    }
}

/// The settings that operations follow.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Quotas in force.
    pub quotas: QuotaSettings,
    /// Endpoint of each Region that has one of its own (W73).
    pub endpoints: BTreeMap<String, String>,
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
    Ok(Settings {
        place,
        listen,
        region: flags.region.or(file.region).unwrap_or_else(|| REGION_DEFAULT.to_owned()),
        tls,
        demo: flags.demo,
        clock,
        policy: Policy { quotas, endpoints: file.endpoints },
    })
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
