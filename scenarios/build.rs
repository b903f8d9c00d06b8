//! Builds the crate anew when a file is added to its folder, which the macro that embeds them
//! does not notice.

fn main() {
    println!("cargo::rerun-if-changed=.");
}
