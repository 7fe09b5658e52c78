//! Running other programs: shown first, and a failure says what failed.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// The cargo that runs us, or the one on the path.
pub fn cargo(root: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}

/// Shows the command (on standard error: the output stays the command's own), runs it, and fails
/// unless it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    eprintln!("$ {shown}");
    let status = command.status().with_context(|| format!("could not start {shown}"))?;
    if !status.success() {
        bail!("{shown}: {status}");
    }
    Ok(())
}

/// What the command prints. Its errors are part of the failure's text.
pub fn output(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("could not start {shown}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{shown}: {}\n{}", output.status, errors.trim_end());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{shown} printed no UTF-8"))
}

/// Whether the command starts and succeeds; it stays silent.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Becomes the command: signals and the exit status are its own. Returns only on failure.
pub fn become_it(command: &mut Command) -> Result<()> {
    let shown = show(command);
    Err(command.exec()).with_context(|| format!("could not start {shown}"))
}

/// Takes away whatever the developer's shell says about AWS: the tests bring their own.
pub fn without_aws_settings(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true")
}

/// The command as one would type it, without the folder of its program.
fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut line = text(program.file_name().unwrap_or(command.get_program()));
    for argument in command.get_args() {
        let argument = text(argument);
        let plain = !argument.is_empty() && !argument.contains(char::is_whitespace);
        // Writing to a String cannot fail.
        let _ = if plain { write!(line, " {argument}") } else { write!(line, " '{argument}'") };
    }
    line
}

fn text(value: &OsStr) -> String {
    value.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_typed() {
        let mut command = Command::new("/usr/bin/psql");
        command.args(["-c", "select 1", "--quiet"]);
        assert_eq!(show(&command), "psql -c 'select 1' --quiet");
    }

    #[test]
    fn a_failure_carries_the_status_and_the_errors() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo broken >&2; exit 3"]);
        let error = output(&mut command).unwrap_err().to_string();
        assert!(error.contains("exit status: 3"), "{error}");
        assert!(error.ends_with("broken"), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("leasehold-no-such-program")).unwrap_err().to_string();
        assert_eq!(error, "could not start leasehold-no-such-program");
    }
}
