//! The command `jwtspec`; see `jwtspec --help`.

fn main() -> std::process::ExitCode {
    jwtspec::cli::main()
}
