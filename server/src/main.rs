//! The program `usher`.

fn main() -> std::process::ExitCode {
    server::cli::main()
}
