//! Rules about one file: its length, its width, its first line, its words.

use super::Problem;

/// A file that needs more tells two stories.
const LINES_MAX: usize = 400;
/// What rustfmt keeps to, where it can.
const COLUMNS_MAX: usize = 100;
/// Files that were reviewed and may be longer, each with the reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// Text that no file may hold, in lower case, with what to do about it. Each is written in two
/// halves, so that this file does not hold it either.
const BANNED: &[(&str, &str)] = &[
    (concat!("to", "do!"), "finish it, or leave it out"),
    (concat!("unimple", "mented!"), "finish it, or leave it out"),
    (concat!("dbg", "!("), "use tracing"),
    (concat!("lic", "ence"), "spell it license, as AWS does"),
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("://reg", "istry."), "the host of a package registry"),
    (concat!("://in", "dex."), "the host of a package registry"),
    (concat!("://py", "pi."), "the host of a package registry"),
    (concat!("python", "hosted"), "the host of a package registry"),
    (concat!("np", "mjs"), "the host of a package registry"),
    (concat!("://d", "eb."), "the host of a package registry"),
];

/// Everything that is wrong with one file.
pub fn check(path: &str, text: &str) -> Vec<Problem> {
    let mut problems = vec![];
    if is_source(path) {
        problems.extend(check_length(path, text, LONG_FILES));
    }
    if path.ends_with(".rs") {
        problems.extend(check_opening(path, text));
    }
    for (index, line) in text.lines().enumerate() {
        if path.ends_with(".rs") {
            problems.extend(check_width(path, index + 1, line));
        }
        problems.extend(check_words(path, index + 1, line));
    }
    problems
}

fn is_source(path: &str) -> bool {
    [".rs", ".py", ".ts", ".tsx", ".js", ".mjs"].iter().any(|ending| path.ends_with(ending))
}

fn check_length(path: &str, text: &str, reviewed: &[(&str, &str)]) -> Option<Problem> {
    let lines = text.lines().count();
    let reviewed = reviewed.iter().any(|(long, _)| *long == path);
    let what = match (lines > LINES_MAX, reviewed) {
        (true, false) => format!("{lines} lines: split it, at most {LINES_MAX} fit"),
        (false, true) => format!("{lines} lines: strike it from LONG_FILES, it fits by now"),
        (true, true) | (false, false) => return None,
    };
    Some(Problem::in_file(path, what))
}

fn check_opening(path: &str, text: &str) -> Option<Problem> {
    let missing = !text.starts_with("//!");
    missing.then(|| Problem::at(path, 1, "open with `//!`: what is this file for?"))
}

fn check_width(path: &str, number: usize, line: &str) -> Option<Problem> {
    let columns = line.chars().count();
    // An address cannot be broken, nor can recorded bytes.
    let exempt = line.contains("://") || path.contains("/testdata/");
    let wide = columns > COLUMNS_MAX && !exempt;
    wide.then(|| Problem::at(path, number, format!("{columns} columns, {COLUMNS_MAX} fit")))
}

fn check_words(path: &str, number: usize, line: &str) -> Vec<Problem> {
    let line = line.to_lowercase();
    let found = BANNED.iter().filter(|(word, _)| line.contains(word));
    found.map(|(word, why)| Problem::at(path, number, format!("{word:?}: {why}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_text(path: &str, text: &str, expected: &[&str]) {
        let problems: Vec<_> = check(path, text).iter().map(ToString::to_string).collect();
        assert_eq!(problems, expected);
    }

    #[test]
    fn an_ordinary_file_is_in_order() {
        check_text("a.rs", "//! What it is for.\nfn main() {}\n", &[]);
    }

    #[test]
    fn a_wide_line_is_found_in_rust_alone() {
        let wide = "x".repeat(101);
        let text = format!("//! What it is for.\n// {}\n{wide}\n", "ö".repeat(97));
        check_text("a.rs", &text, &["a.rs:3: 101 columns, 100 fit"]);
        check_text("a.md", &text, &[]);
        check_text("tests/testdata/a.rs", &text, &[]);
        check_text("a.rs", &format!("//! See https://{wide}\n"), &[]);
    }

    #[test]
    fn a_long_file_is_found() {
        let text = "//! Too much.\n".repeat(401);
        check_text("a.rs", &text, &["a.rs: 401 lines: split it, at most 400 fit"]);
        check_text("a.md", &text, &[]);
    }

    #[test]
    fn a_reviewed_file_may_be_long_while_it_is() {
        let reviewed = [("a.rs", "a table")];
        assert_eq!(check_length("a.rs", &"\n".repeat(401), &reviewed), None);
        let short = check_length("a.rs", "\n", &reviewed).unwrap();
        assert!(short.what.contains("strike it"), "{short}");
    }

    #[test]
    fn a_file_without_an_opening_comment_is_found() {
        check_text("a.rs", "fn main() {}\n", &["a.rs:1: open with `//!`: what is this file for?"]);
        check_text("a.py", "print(1)\n", &[]);
    }

    #[test]
    fn every_banned_word_is_found_in_any_case() {
        for (word, why) in BANNED {
            let line = format!("Before {} after", word.to_uppercase());
            let problems = check("docs/a.md", &line);
            assert_eq!(problems, [Problem::at("docs/a.md", 1, format!("{word:?}: {why}"))]);
        }
    }

    #[test]
    fn the_rules_pass_their_own_file() {
        assert_eq!(check("xtask/src/tidy/text.rs", include_str!("text.rs")), []);
    }
}
