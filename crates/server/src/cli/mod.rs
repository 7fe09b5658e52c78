//! The command line.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is what a command line does")]

mod backup;
mod bench_access;
mod describe;
mod fill;
mod fill_grants;
mod fill_user;
mod manage;
mod offline;
mod out;
mod progress;
mod serve;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use leasehold_wire::sigv4::Credentials;

use crate::config::{DataFlags, REGION_DEFAULT, ServeFlags};

/// Leasehold, a license server that speaks the wire protocol of AWS License Manager.
#[derive(Parser)]
#[command(name = "leasehold", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve
    Serve(Box<ServeFlags>),
    /// Manage accounts
    #[command(subcommand)]
    Account(AccountCommand),
    /// Manage the access keys of accounts
    #[command(subcommand)]
    Key(KeyCommand),
    /// Show what an account still has to do for each license that it received
    Checklist {
        #[command(flatten)]
        place: DataFlags,
        /// Account id of the buyer
        #[arg(long)]
        account: String,
        /// Region that the buyer's clients call
        #[arg(long, default_value = REGION_DEFAULT)]
        region: String,
    },
    /// Manage organizations
    #[command(subcommand)]
    Organization(OrganizationCommand),
    /// Manage who signs tokens for customers without an account
    #[command(subcommand)]
    Issuer(IssuerCommand),
    /// Ask for units for a machine without a network
    Request(offline::RequestFlags),
    /// Borrow for a machine without a network, or take back what it returned
    Answer(offline::AnswerFlags),
    /// Return borrowed units early, on the machine without a network
    Return(offline::ReturnFlags),
    /// Manage the master key
    #[command(subcommand)]
    Keyring(KeyringCommand),
    /// Show why requests were refused lately
    Refusals {
        #[command(flatten)]
        place: DataFlags,
        /// How many, newest first
        #[arg(long, default_value_t = 20)]
        last: usize,
    },
    /// Make a backup of everything but the master key, while a server runs or not
    Backup(backup::BackupFlags),
    /// Restore a backup into an empty database
    Restore(backup::RestoreFlags),
    /// Recount every pool from its check-outs, and verify all that is always true of a database
    Check {
        #[command(flatten)]
        place: DataFlags,
    },
    /// Copy everything from one database into another, empty one
    Migrate(backup::MigrateFlags),
    /// Verify a signed license offline, with the issuer's public key
    Verify(verify::VerifyFlags),
    /// Print the operations and their shapes as JSON, for comparison with the official model
    #[command(hide = true)]
    Describe,
    /// Fill the database of a stopped server with live check-outs, for benchmarks
    #[command(hide = true)]
    BenchFill {
        #[command(flatten)]
        place: DataFlags,
        /// License to check out from
        #[arg(long)]
        license: String,
        /// How many check-outs
        #[arg(long)]
        count: i64,
    },
    /// Grant a license of a stopped server's to new accounts, for benchmarks
    #[command(hide = true)]
    BenchGrant {
        #[command(flatten)]
        place: DataFlags,
        /// License to grant
        #[arg(long)]
        license: String,
        /// How many grants
        #[arg(long)]
        count: i64,
    },
    /// Make a user with many policies in an account of a stopped server, for benchmarks
    #[command(hide = true)]
    BenchUser {
        #[command(flatten)]
        place: DataFlags,
        /// Account of the user
        #[arg(long)]
        account: String,
        /// How many policies
        #[arg(long)]
        policies: usize,
        /// Make a role that has them instead, and a session of it
        #[arg(long)]
        session: bool,
    },
    /// Measure what identifying a caller and asking its policies costs, on a stopped server's
    /// data, for benchmarks
    #[command(hide = true)]
    BenchAccess {
        #[command(flatten)]
        place: DataFlags,
        /// How many times
        #[arg(long)]
        count: u32,
        /// Id of the access key
        #[arg(long, env = "AWS_ACCESS_KEY_ID")]
        id: String,
        /// Its secret
        #[arg(long, env = "AWS_SECRET_ACCESS_KEY", hide_env_values = true)]
        secret: String,
        /// Its session token
        #[arg(long, env = "AWS_SESSION_TOKEN", hide_env_values = true)]
        token: Option<String>,
    },
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Make an account
    Create {
        #[command(flatten)]
        place: DataFlags,
        /// Name of the account
        name: String,
        /// Twelve digits; drawn if left out
        #[arg(long)]
        id: Option<String>,
    },
    /// List all accounts
    List {
        #[command(flatten)]
        place: DataFlags,
    },
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Make an access key of an account; its secret is shown once
    Create {
        #[command(flatten)]
        place: DataFlags,
        /// Account id
        account: String,
    },
    /// List access keys
    List {
        #[command(flatten)]
        place: DataFlags,
        /// Account id; all accounts if left out
        account: Option<String>,
    },
    /// Disable an access key
    Disable {
        #[command(flatten)]
        place: DataFlags,
        /// Key id
        id: String,
    },
    /// Enable a disabled access key
    Enable {
        #[command(flatten)]
        place: DataFlags,
        /// Key id
        id: String,
    },
    /// Delete an access key
    Delete {
        #[command(flatten)]
        place: DataFlags,
        /// Key id
        id: String,
    },
}

#[derive(Subcommand)]
enum IssuerCommand {
    /// Sign tokens with a new key from now on; what the old one signed stays good
    Rotate {
        #[command(flatten)]
        place: DataFlags,
        /// The old key is in wrong hands: refuse its access tokens at once
        #[arg(long)]
        at_once: bool,
    },
}

#[derive(Subcommand)]
enum KeyringCommand {
    /// Make a new master key and seal all secrets under it
    Rotate {
        #[command(flatten)]
        place: DataFlags,
    },
}

#[derive(Subcommand)]
enum OrganizationCommand {
    /// Make an organization, with all features
    Create {
        #[command(flatten)]
        place: DataFlags,
        /// The management account
        #[arg(long)]
        account: String,
    },
    /// Put an account into an organization, without an invitation
    Add {
        #[command(flatten)]
        place: DataFlags,
        /// Account id
        #[arg(long)]
        account: String,
        /// An OU's id, or 'root'
        #[arg(long, default_value = "root")]
        to: String,
        /// The organization's id, where there are several
        #[arg(long)]
        organization: Option<String>,
    },
    /// List all organizations with their OUs and accounts
    List {
        #[command(flatten)]
        place: DataFlags,
    },
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    use crate::admin::Command as Admin;
    let result = match Arguments::parse().command {
        Command::Serve(flags) => serve::run(*flags),
        Command::Account(AccountCommand::Create { place, name, id }) => {
            manage::run(&place, Admin::CreateAccount { id, name })
        }
        Command::Account(AccountCommand::List { place }) => {
            manage::run(&place, Admin::ListAccounts)
        }
        Command::Key(KeyCommand::Create { place, account }) => {
            manage::run(&place, Admin::CreateKey { account })
        }
        Command::Key(KeyCommand::List { place, account }) => {
            manage::run(&place, Admin::ListKeys { account })
        }
        Command::Key(KeyCommand::Disable { place, id }) => {
            manage::run(&place, Admin::EnableKey { id, is_enabled: false })
        }
        Command::Key(KeyCommand::Enable { place, id }) => {
            manage::run(&place, Admin::EnableKey { id, is_enabled: true })
        }
        Command::Key(KeyCommand::Delete { place, id }) => {
            manage::run(&place, Admin::DeleteKey { id })
        }
        Command::Checklist { place, account, region } => {
            manage::run(&place, Admin::Checklist { account, region })
        }
        Command::Organization(OrganizationCommand::Create { place, account }) => {
            manage::run(&place, Admin::CreateOrganization { account })
        }
        Command::Organization(OrganizationCommand::Add { place, account, to, organization }) => {
            manage::run(&place, Admin::AddToOrganization { account, to, organization })
        }
        Command::Organization(OrganizationCommand::List { place }) => {
            manage::run(&place, Admin::ListOrganizations)
        }
        Command::Issuer(IssuerCommand::Rotate { place, at_once }) => {
            manage::run(&place, Admin::RotateIssuerKey { at_once })
        }
        Command::Request(flags) => offline::request(&flags),
        Command::Answer(flags) => offline::answer(&flags),
        Command::Return(flags) => offline::give_back(&flags),
        Command::Keyring(KeyringCommand::Rotate { place }) => {
            manage::run(&place, Admin::RotateMasterKey)
        }
        Command::Refusals { place, last } => {
            manage::run(&place, Admin::ListRefusals { count: last })
        }
        Command::Backup(flags) => return exit(backup::backup(&flags)),
        Command::Restore(flags) => return exit(backup::restore(&flags)),
        Command::Check { place } => return exit(backup::check(&place)),
        Command::Migrate(flags) => return exit(backup::migrate(&flags)),
        Command::Verify(flags) => return exit(verify::run(&flags)),
        Command::Describe => describe::run(),
        Command::BenchFill { place, license, count } => fill::run(&place, &license, count),
        Command::BenchGrant { place, license, count } => fill_grants::run(&place, &license, count),
        Command::BenchUser { place, account, policies, session } => {
            fill_user::run(&place, &account, policies, session)
        }
        Command::BenchAccess { place, count, id, secret, token } => {
            let session_token = token.as_deref();
            let key = Credentials { access_key: &id, secret: &secret, session_token };
            bench_access::run(&place, count, &key)
        }
    };
    exit(result.map(|()| ExitCode::SUCCESS))
}

/// Runs a command that waits, on this thread.
fn block_on<T>(command: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(command)
}

fn exit(result: Result<ExitCode, String>) -> ExitCode {
    result.unwrap_or_else(|text| {
        eprintln!("leasehold: {text}");
        ExitCode::FAILURE
    })
}
