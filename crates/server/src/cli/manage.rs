//! Administration commands: to the running server if there is one, else on the database itself.

use std::sync::Arc;

use leasehold_core::time;
use leasehold_store::{Location, Store};

use crate::admin::{self, Answer, Command, Desk};
use crate::cli::out::say;
use crate::clock::Clock;
use crate::config::{DataFlags, Place, settle_place};
use crate::cx::Serials;
use crate::keyring;
use crate::ledger::COUNTER_BITS;

/// Does a command and prints its answer.
pub fn run(flags: &DataFlags, command: Command) -> Result<(), String> {
    let place = settle_place(flags)?;
    print(super::block_on(ask(&place, command))?)
}

async fn ask(place: &Place, command: Command) -> Result<Answer, String> {
    if let Some(answer) = admin::send(&place.socket(), &command).await? {
        return Ok(answer);
    }
    if let Location::Sqlite(path) = &place.database
        && !path.exists()
        && !command.may_come_first()
    {
        return Err(format!("there is no database {}; is --data right?", path.display()));
    }
    super::serve::make_data_folder(&place.data)?;
    let store = Store::open(&place.database).await.map_err(|error| error.to_string())?;
    let keyring = Arc::new(keyring::open(&store, &place.master_key()).await?);
    let desk = Desk {
        store: &store,
        keyring: &keyring,
        policy: Arc::default(),
        now_ms: Clock::system().now_ms(),
        serials: Serials::after(store.instance() << COUNTER_BITS),
    };
    Ok(admin::run(&desk, command).await)
}

fn print(answer: Answer) -> Result<(), String> {
    match answer {
        Answer::Accounts(accounts) => {
            for account in accounts {
                say!("{}  {}  {}", account.id, account.created_at, account.name);
            }
        }
        Answer::NewKey { id, secret } => {
            say!("aws_access_key_id = {id}");
            say!("aws_secret_access_key = {secret}");
        }
        Answer::Keys(keys) => {
            for key in keys {
                let state = if key.is_enabled { "enabled" } else { "disabled" };
                say!("{}  {}  {state:8}  {}", key.id, key.account, key.created_at);
            }
        }
        Answer::Checklist(lines) => {
            for line in lines {
                let mark = if line.is_ready { "x" } else { " " };
                say!("[{mark}] {} ({})  {}", line.license_name, line.product_sku, line.step);
                say!("    {}", line.license_arn);
                if let Some(command) = line.command {
                    say!("    {command}");
                }
            }
        }
        Answer::Organizations(organizations) => {
            for organization in organizations {
                say!("{}  managed by {}", organization.id, organization.management_account);
                for place in organization.places {
                    let indent = "  ".repeat(place.depth + 1);
                    say!("{indent}{}  {}", place.id, place.name);
                    for account in place.accounts {
                        say!("{indent}  {account}");
                    }
                }
            }
        }
        Answer::Rotated(count) => {
            say!("there is a new master key, and {count} secrets are sealed under it");
            say!("back up master.key anew, and give it to other servers of this database");
        }
        Answer::Refusals(entries) => {
            for entry in entries {
                say!("{}  {}  {}", entry.at, entry.operation, entry.principal);
                say!("    {}: {}", entry.refusal.rule, entry.refusal.message);
                for short in &entry.refusal.shortfalls {
                    let next = short.next_return_at_ms.map_or_else(
                        || "none come back by themselves".to_owned(),
                        |at_ms| format!("units next come back at {}", time::format_zulu(at_ms)),
                    );
                    say!(
                        "    {}: {} asked, {} free, {next} ({}, {})",
                        short.entitlement,
                        short.asked,
                        short.free,
                        short.rule,
                        short.grant_arn.as_ref().unwrap_or(&short.license_arn)
                    );
                }
            }
        }
        Answer::Done => say!("done"),
        Answer::Failed(text) => return Err(text),
    }
    Ok(())
}
