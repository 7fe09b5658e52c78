//! What a command says. Whoever reads it may have heard enough, as `head` has.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// How a shell shows that a program ended because nobody read on: 128 and the number of SIGPIPE.
const UNREAD: i32 = 141;

/// Prints a line; ends the program quietly if nobody reads it.
pub fn line(text: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = writeln!(out, "{text}") {
        if error.kind() != ErrorKind::BrokenPipe {
            eprintln!("leasehold: cannot write: {error}");
            std::process::exit(1);
        }
        std::process::exit(UNREAD);
    }
}

/// Prints a line, as `println!` does, which panics where nobody reads it.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::out::line(format_args!($($text)*)) };
}
pub(crate) use say;
