//! The program. Everything is in the library, so that tests and the simulator run the same code.

/// Many small allocations on many threads: the system's allocator is measurably slower here.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    leasehold_server::cli::run()
}
