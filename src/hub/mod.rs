//! The WebSocket hub: the only room that knows tungstenite.
