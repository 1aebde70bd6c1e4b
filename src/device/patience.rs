//! Waits for a device call only so long. An open, a write or an ioctl on a dying device may never return, and a
//! driver's wrapper may panic: the call runs in a thread that can be left behind, one at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// A call left behind earlier has still not returned; nothing new was begun.
    StillBusy,
    /// Left behind now; it may yet have its effect.
    TimedOut,
    /// The call panicked.
    Died,
}

#[derive(Clone, Debug, Default)]
pub struct Patience {
    busy: Arc<AtomicBool>,
}

/// Frees the device when the call ends, by whatever road.
struct Busy(Arc<AtomicBool>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Patience {
    pub fn call<T: Send + 'static>(
        &self,
        name: &str,
        limit: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Waited> {
        if self.busy.swap(true, Ordering::AcqRel) {
            return Err(Waited::StillBusy);
        }
        let busy = Busy(Arc::clone(&self.busy));
        let (answer, wait) = mpsc::sync_channel(1);
        let spawned = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let result = work();
            drop(busy);
            let _ = answer.send(result);
        });
        if spawned.is_err() {
            return Err(Waited::Died);
        }
        wait.recv_timeout(limit).map_err(|e| match e {
            RecvTimeoutError::Timeout => Waited::TimedOut,
            RecvTimeoutError::Disconnected => Waited::Died,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn a_call_that_hangs_is_left_behind_and_nothing_new_begins_until_it_ends() {
        let patience = Patience::default();
        let (release, held) = mpsc::channel::<()>();
        let (ended, end) = mpsc::channel();
        let hang = move || {
            let _ = held.recv();
            let _ = ended.send(());
        };
        assert_eq!(patience.call("t", Duration::from_millis(20), hang), Err(Waited::TimedOut));
        assert_eq!(patience.call("t", LONG, || 1), Err(Waited::StillBusy));
        drop(release);
        end.recv_timeout(LONG).unwrap();
        while patience.busy.load(Ordering::Acquire) {
            thread::yield_now();
        }
        assert_eq!(patience.call("t", LONG, || 2), Ok(2));
    }

    #[test]
    fn a_call_that_panics_frees_the_device() {
        let patience = Patience::default();
        let died: Result<(), _> = patience.call("t", LONG, || panic!("driver"));
        assert_eq!(died, Err(Waited::Died));
        while patience.busy.load(Ordering::Acquire) {
            thread::yield_now();
        }
        assert_eq!(patience.call("t", LONG, || 3), Ok(3));
    }
}
