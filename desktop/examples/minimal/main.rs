//! The smallest window that Tauri opens: what our own is measured beside (`cargo xtask bench cheap`).

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!("examples/minimal/tauri.conf.json"))
}
