//! How WebSocket is spoken on both sides: small buffers, small frames, and a close that is heard.

use super::limits::Goodbye;
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};

/// `message` bounds one message and one frame, in bytes.
pub fn config(message: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(4 * 1024)
        .max_write_buffer_size(1024 * 1024)
        .max_message_size(Some(message))
        .max_frame_size(Some(message))
}

/// Says why, waits at most `linger` for the other side to hang up, and hangs up. What still arrives is thrown
/// away: closing a socket with unread bytes in it would reset the connection and lose the reason.
pub async fn close<S>(mut ws: WebSocketStream<S>, why: Goodbye, linger: Duration)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let frame = CloseFrame { code: why.code().into(), reason: why.word().into() };
    if why == Goodbye::Gone || !matches!(timeout(linger, ws.send(Message::Close(Some(frame)))).await, Ok(Ok(()))) {
        return;
    }
    let polite = !matches!(why, Goodbye::TooBig | Goodbye::Protocol);
    let _ = timeout(linger, async {
        if polite {
            while let Some(Ok(_)) = ws.next().await {}
            return;
        }
        let mut io = ws.into_inner();
        let _ = io.shutdown().await;
        let mut waste = [0; 4096];
        while matches!(io.read(&mut waste).await, Ok(n) if n > 0) {}
    })
    .await;
}
