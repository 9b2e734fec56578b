//! The one thing that xdotool cannot do: ask a window to close, as a window manager does.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt, EventMask, Window};
use x11rb::rust_connection::RustConnection;

/// Sends `WM_DELETE_WINDOW` to the top-level window of this title.
pub(crate) fn close_window(display: &str, title: &str) {
    let (connection, screen) = x11rb::connect(Some(display)).unwrap();
    let root = connection.setup().roots[screen].root;
    let children = connection.query_tree(root).unwrap().reply().unwrap().children;
    let window = children
        .into_iter()
        .find(|window| {
            is_titled(&connection, *window, title) && takes_protocols(&connection, *window)
        })
        .expect("the window is on the display");
    let protocols = atom(&connection, "WM_PROTOCOLS");
    let delete = atom(&connection, "WM_DELETE_WINDOW");
    let event = ClientMessageEvent::new(32, window, protocols, [delete, 0, 0, 0, 0]);
    connection.send_event(false, window, EventMask::NO_EVENT, event).unwrap();
    // A round trip: what is still on the way when the connection closes may be dropped.
    connection.get_input_focus().unwrap().reply().unwrap();
}

fn is_titled(connection: &RustConnection, window: Window, title: &str) -> bool {
    property(connection, window, AtomEnum::WM_NAME.into()) == title.as_bytes()
}

/// Some toolkits keep helper windows with the same title; only the real one takes messages.
fn takes_protocols(connection: &RustConnection, window: Window) -> bool {
    !property(connection, window, atom(connection, "WM_PROTOCOLS")).is_empty()
}

fn property(connection: &RustConnection, window: Window, name: u32) -> Vec<u8> {
    connection
        .get_property(false, window, name, AtomEnum::ANY, 0, 1024)
        .unwrap()
        .reply()
        .unwrap()
        .value
}

fn atom(connection: &RustConnection, name: &str) -> u32 {
    connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
}
