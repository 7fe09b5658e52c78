//! The Python tests: their virtual environment, and pytest.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

use crate::postgres::ScratchPostgres;
use crate::tools::Tool;
use crate::workspace::Workspace;
use crate::{command, programs};

/// Python with what makes a virtual environment.
pub const TOOL: Tool = Tool {
    name: "Python 3.10 or newer with venv",
    packages: &["python3", "python3-venv"],
    present: || {
        let probe = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";
        command::succeeds(Command::new("python3").args(["-c", probe]))
    },
};

/// Where the Python tests are, from the root of the checkout.
const FOLDER: &str = "tests/python";

/// Makes `target/venv` hold exactly tests/python/requirements.txt, unless it already does.
pub fn prepare(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join(FOLDER);
    let requirements = fs::read_to_string(folder.join("requirements.txt"))
        .context("tests/python/requirements.txt cannot be read")?;
    let stamp = venv(workspace).join("leasehold-requirements.txt");
    let current = fs::read_to_string(&stamp).is_ok_and(|installed| installed == requirements);
    // A virtual environment breaks when the Python below it is replaced.
    if current && command::succeeds(python(workspace).args(["-c", "import boto3, pytest, xdist"])) {
        return Ok(());
    }
    let venv = venv(workspace);
    command::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv))?;
    command::run(
        python(workspace)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(folder.join("requirements.txt")),
    )?;
    fs::write(stamp, requirements).context("the virtual environment cannot be written")
}

/// Which tests to run.
#[derive(Debug, Clone, Copy)]
pub enum Tests {
    /// All under tests/python.
    All,
    /// `test_<topic>.py` and `test_<topic>_*.py`.
    Topic(&'static str),
}

/// Runs pytest against the program `leasehold`, with both databases at hand.
pub fn test(
    workspace: &Workspace,
    tests: Tests,
    leasehold: &Path,
    postgres: &ScratchPostgres,
) -> Result<()> {
    let mut pytest = python(workspace);
    pytest.args(["-m", "pytest"]).current_dir(&workspace.root);
    match tests {
        Tests::All => {
            // A file stays with one of the two workers, and with the server that it shares. Which
            // come first conftest.py says.
            pytest.args(["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", FOLDER]);
        }
        Tests::Topic(topic) => {
            pytest.args(files_about(topic, &workspace.root)?);
        }
    }
    // The tests call `aws` of the virtual environment and `psql` of the scratch server.
    let mut path = vec![venv(workspace).join("bin"), postgres.programs().to_owned()];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    pytest
        .env("PATH", env::join_paths(path)?)
        .env("LEASEHOLD_BIN", leasehold)
        .env("LEASEHOLD_SIM", programs::debug(workspace, "leasehold-sim"))
        .env("LEASEHOLD_EXAMPLE", programs::debug(workspace, "examples/verify"))
        .env("LEASEHOLD_TEST_POSTGRES", postgres.url());
    command::run(command::without_aws_settings(&mut pytest))
}

fn files_about(topic: &str, root: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(root.join(FOLDER)).context("tests/python cannot be read")?;
    let names = entries.flatten().map(|entry| Path::new(FOLDER).join(entry.file_name()));
    let mut files: Vec<_> = names.filter(|file| is_about(topic, file)).collect();
    files.sort();
    if files.is_empty() {
        bail!("tests/python holds no test_{topic}.py");
    }
    Ok(files)
}

fn is_about(topic: &str, file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let rest = name.strip_prefix("test_").and_then(|name| name.strip_prefix(topic));
    rest.is_some_and(|rest| rest == ".py" || (rest.starts_with('_') && rest.ends_with(".py")))
}

fn venv(workspace: &Workspace) -> PathBuf {
    workspace.target.join("venv")
}

fn python(workspace: &Workspace) -> Command {
    Command::new(venv(workspace).join("bin/python"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_a_whole_word_of_the_file_name() {
        assert!(is_about("cli", Path::new("tests/test_cli.py")));
        assert!(is_about("cli", Path::new("tests/test_cli_tour.py")));
        assert!(!is_about("cli", Path::new("tests/test_clients.py")));
        assert!(!is_about("cli", Path::new("tests/cli.py")));
    }
}
