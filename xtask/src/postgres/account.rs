//! Who PostgreSQL runs as: it refuses to be root, so root hands it to a lesser account.

use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{command, tools};

/// Debian's PostgreSQL package makes the first; every Linux has the second.
const LESSER: [&str; 2] = ["postgres", "nobody"];

/// The account that owns a cluster's files and processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// Whoever runs xtask.
    Own,
    /// Another one, because we are root.
    Lesser {
        /// Its user id.
        user: u32,
        /// Its group id.
        group: u32,
    },
}

impl Account {
    /// The account to use on this machine.
    pub fn find() -> Result<Self> {
        if !tools::is_root() {
            return Ok(Self::Own);
        }
        for name in LESSER {
            if let (Ok(user), Ok(group)) = (id("-u", name), id("-g", name)) {
                return Ok(Self::Lesser { user, group });
            }
        }
        bail!("PostgreSQL refuses to run as root, and there is no user {}", LESSER.join(" or "))
    }

    /// Gives the account a folder that root has made.
    pub fn give(&self, folder: &Path) -> Result<()> {
        let Self::Lesser { user, group } = *self else { return Ok(()) };
        chown(folder, Some(user), Some(group))
            .with_context(|| format!("{} cannot be given away", folder.display()))
    }

    /// Whether the account can enter the folder.
    pub fn enters(&self, folder: &Path) -> bool {
        command::succeeds(self.command("test").arg("-x").arg(folder))
    }

    /// A command that runs as the account.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        match self.switch() {
            None => Command::new(program.as_ref()),
            Some(mut switch) => {
                switch.arg("--").arg(program.as_ref());
                switch
            }
        }
    }

    /// A command that runs as the account and is interrupted when we die, however we die.
    pub fn command_that_ends_with_us(&self, program: impl AsRef<Path>) -> Command {
        let switch = self.switch();
        let mut command = switch.unwrap_or_else(|| Command::new("setpriv"));
        command.args(["--pdeathsig", "INT", "--"]).arg(program.as_ref());
        command
    }

    fn switch(&self) -> Option<Command> {
        let Self::Lesser { user, group } = self else { return None };
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={user}")).arg(format!("--regid={group}"));
        command.arg("--clear-groups");
        Some(command)
    }
}

fn id(flag: &str, name: &str) -> Result<u32> {
    let text = command::output(Command::new("id").args([flag, name]))?;
    text.trim().parse().with_context(|| format!("id {flag} {name} printed {text:?}"))
}
