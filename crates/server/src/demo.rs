//! The demo: three accounts and a credentials file, so that a newcomer can begin at once.

use std::path::Path;

use leasehold_core::ids::Seed;
use leasehold_store::{Store, account};

use crate::admin;
use crate::auth::{insert_key, new_key};
use crate::config::REGION_DEFAULT;
use crate::keyring::{Keyring, write_private};

/// Profile and account of each.
pub const ACCOUNTS: [(&str, &str); 3] =
    [("seller", "111122223333"), ("buyer", "444455556666"), ("reseller", "777788889999")];

/// Makes the accounts that are missing, and the credentials file if it is missing or belongs to
/// another database.
///
/// # Errors
/// A text for whoever starts the server.
pub async fn prepare(
    store: &Store,
    keyring: &Keyring,
    path: &Path,
    region: &str,
    now_ms: i64,
) -> Result<(), String> {
    let text = |error: leasehold_store::Error| error.to_string();
    let mut tx = store.write().await.map_err(text)?;
    for (name, id) in ACCOUNTS {
        if account::find(&mut tx, id).await.map_err(text)?.is_none() {
            let account = account::Account {
                id: id.to_owned(),
                name: name.to_owned(),
                created_at_ms: now_ms,
            };
            account::insert(&mut tx, &account).await.map_err(text)?;
        }
    }
    let known = std::fs::read_to_string(path).unwrap_or_default();
    let mut is_current = !known.is_empty();
    for line in known.lines() {
        if let Some((_, id)) = line.split_once("aws_access_key_id = ") {
            is_current &= account::find_key(&mut tx, id).await.map_err(text)?.is_some();
        }
    }
    if !is_current {
        let mut file = String::new();
        for (name, id) in ACCOUNTS {
            let seed = Seed::new(admin::random()?);
            let (key, secret) = new_key(keyring, &seed, id, None, now_ms)?;
            file.push_str(&format!(
                "[{name}]\naws_access_key_id = {}\naws_secret_access_key = {secret}\n\
                 region = {region}\n\n",
                key.id
            ));
            insert_key(&mut tx, keyring, key).await.map_err(text)?;
        }
        write_private(path, &file)?;
    }
    tx.commit().await.map_err(text)
}

/// The lines to paste into another terminal.
pub fn lines_to_paste(endpoint: &str, credentials: &Path, region: &str) -> String {
    let credentials = std::path::absolute(credentials).unwrap_or_else(|_| credentials.to_owned());
    let mut lines = format!(
        "\nPaste into another terminal to use the AWS CLI as the seller (profiles: seller, buyer, \
         reseller):\n\n  export AWS_ENDPOINT_URL={endpoint}\n  \
         export AWS_SHARED_CREDENTIALS_FILE={}\n  export AWS_PROFILE=seller\n",
        credentials.display()
    );
    if region != REGION_DEFAULT {
        lines.push_str(&format!("  export AWS_REGION={region}\n"));
    }
    lines.push_str("  aws license-manager list-licenses\n");
    lines
}
