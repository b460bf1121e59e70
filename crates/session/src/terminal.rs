//! The terminal that a session shares with what runs inside it.

use rustix::process::getpgrp;
use rustix::termios::{LocalModes, tcgetattr, tcgetpgrp};

/// Whether a word on the terminal stops nobody. While a shell inside has the terminal, its holder is in the background;
/// where somebody typed `stty tostop`, the system stops a process that writes from there (SIGTTOU), and a session whose
/// holder is stopped does not end.
pub fn takes_words() -> bool {
    let terminal = std::io::stderr();
    // No terminal: whatever is there takes words.
    let Ok(modes) = tcgetattr(&terminal) else {
        return true;
    };
    let stops_others = modes.local_modes.contains(LocalModes::TOSTOP);
    !stops_others || tcgetpgrp(&terminal).is_ok_and(|group| group == getpgrp())
}
