//! Rules about what depends on what: the direction of our crates, a reason for everybody else's.

use std::collections::BTreeSet;

use super::Problem;
use crate::workspace::Package;

/// One line for each workspace dependency, saying why it is there.
pub const REASONS: &str = "docs/dependencies.md";

/// The part of that page about crates; the others are about what the SDK tests install.
const SECTION: &str = "## Rust";

/// What each crate may use of ours; a crate that is not listed may use all.
const EDGES: &[(&str, &[&str])] = &[
    ("leasehold-core", &[]),
    ("leasehold-verify", &[]),
    ("leasehold-wire", &[]),
    ("leasehold-store", &["leasehold-core"]),
    (
        "leasehold-server",
        &["leasehold-core", "leasehold-store", "leasehold-verify", "leasehold-wire"],
    ),
];

/// Dependencies between our crates that point the wrong way, of whatever kind they are.
pub fn check_edges(packages: &[Package]) -> Vec<Problem> {
    let mut problems = vec![];
    for (name, allowed) in EDGES {
        let package = packages.iter().find(|package| package.name == *name);
        let used = package.map_or(&[][..], |package| &package.dependencies);
        for edge in used.iter().filter(|edge| edge.ours && !allowed.contains(&&*edge.name)) {
            problems.push(Problem::in_file(name, format!("it must not depend on {}", edge.name)));
        }
    }
    problems
}

/// Dependencies without a reason, and reasons without a dependency.
pub fn check_reasons(manifest: &str, reasons: &str) -> Vec<Problem> {
    let declared = declared(manifest);
    let explained: BTreeSet<_> = section(reasons, SECTION, "## ").filter_map(explained).collect();
    let unexplained = declared.difference(&explained);
    let superfluous = explained.difference(&declared);
    let problem = |what| Problem::in_file(REASONS, what);
    unexplained
        .map(|name| problem(format!("{name} has no line \"- `{name}`: why\"")))
        .chain(superfluous.map(|name| problem(format!("{name} is no workspace dependency"))))
        .collect()
}

/// Dependencies that are declared for all and used by none, or used by one and declared for none.
pub fn check_use(manifest: &str, packages: &[Package]) -> Vec<Problem> {
    let declared = declared(manifest);
    let used = packages.iter().flat_map(|package| &package.dependencies);
    let used: BTreeSet<_> = used.filter(|edge| !edge.ours).map(|edge| edge.name.as_str()).collect();
    let problem = |what| Problem::in_file("Cargo.toml", what);
    declared
        .difference(&used)
        .map(|name| problem(format!("no package uses {name}")))
        .chain(
            used.difference(&declared).map(|name| {
                problem(format!("{name} is declared in a package: declare it here, once"))
            }),
        )
        .collect()
}

/// The names under `[workspace.dependencies]` that are not our own crates.
fn declared(manifest: &str) -> BTreeSet<&str> {
    section(manifest, "[workspace.dependencies]", "[")
        .filter_map(|line| line.split_once('='))
        .filter(|(name, value)| !name.starts_with('#') && !value.contains("path ="))
        .map(|(name, _)| name.trim())
        .collect()
}

/// The lines between a heading and the next one.
fn section<'a>(text: &'a str, heading: &str, next: &str) -> impl Iterator<Item = &'a str> {
    let after = text.lines().skip_while(move |line| line.trim() != heading).skip(1);
    after.take_while(move |line| !line.starts_with(next))
}

/// The name in a line "- `name`: why", given a why.
fn explained(line: &str) -> Option<&str> {
    let (name, why) = line.strip_prefix("- `")?.split_once("`: ")?;
    (!why.trim().is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    const MANIFEST: &str = "\
[workspace.package]
edition = \"2024\"

# One line each.
[workspace.dependencies]
leasehold-core = { path = \"crates/core\" }
hex = \"0.4\"
serde = { version = \"1.0\", features = [\"derive\"] }

[profile.dev]
debug = false
";

    fn package(name: &str, ours: &[&str], others: &[&str]) -> Package {
        let edge = |name: &&str, ours| Dependency { name: (*name).to_owned(), ours };
        let ours = ours.iter().map(|name| edge(name, true));
        let dependencies = ours.chain(others.iter().map(|name| edge(name, false))).collect();
        Package { name: name.to_owned(), dependencies }
    }

    #[track_caller]
    fn check(problems: &[Problem], expected: &[&str]) {
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, expected);
    }

    #[test]
    fn our_crates_point_one_way() {
        let core = package("leasehold-core", &["leasehold-store"], &["serde"]);
        let store = package("leasehold-store", &["leasehold-core", "leasehold-wire"], &[]);
        let sim = package("leasehold-sim", &["leasehold-core", "leasehold-server"], &[]);
        check(
            &check_edges(&[core, store, sim]),
            &[
                "leasehold-core: it must not depend on leasehold-store",
                "leasehold-store: it must not depend on leasehold-wire",
            ],
        );
    }

    #[test]
    fn every_dependency_has_a_reason_and_no_other_line_stands() {
        check(
            &check_reasons(
                MANIFEST,
                "## Rust\n- `hex`: digests\n- `serde`: documents\n## Python\n- `pytest`: runs\n",
            ),
            &[],
        );
        check(
            &check_reasons(MANIFEST, "## Rust\n- `hex`: digests\n- `serde`: \n- `rand`: dice\n"),
            &[
                "docs/dependencies.md: serde has no line \"- `serde`: why\"",
                "docs/dependencies.md: rand is no workspace dependency",
            ],
        );
    }

    #[test]
    fn every_dependency_is_declared_once_and_used() {
        check(&check_use(MANIFEST, &[package("a", &[], &["hex", "serde"])]), &[]);
        check(
            &check_use(MANIFEST, &[package("a", &["leasehold-core"], &["hex", "rand"])]),
            &[
                "Cargo.toml: no package uses serde",
                "Cargo.toml: rand is declared in a package: declare it here, once",
            ],
        );
    }
}
