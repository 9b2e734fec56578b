//! The program of the workstation's window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use clap::Parser;

fn main() -> anyhow::Result<()> {
    medrecord_desktop::run(medrecord_desktop::Arguments::parse())
}
