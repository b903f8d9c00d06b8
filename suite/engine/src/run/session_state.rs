//! The connection of a session on a socket.

use crate::target::{PreparedRequest, Session};
use jwtspec_mint::Minted;

/// The connection of a session.
pub(super) struct SessionState {
    pub(super) session: Session,
    /// Unique to the connection.
    pub(super) serial: String,
    /// The token that was sent last, and how.
    pub(super) minted: Minted,
    pub(super) request: PreparedRequest,
    /// True if it was refused. A verifier may close the connection then.
    pub(super) refused: bool,
}

impl SessionState {
    pub(super) async fn close(self) {
        self.session.close().await;
    }
}
