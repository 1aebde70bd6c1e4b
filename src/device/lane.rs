//! One device, one thread, one short queue: a job is put without waiting or handed back at once.

use crate::domain::view::DeviceState;
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Jobs that may wait before new ones are handed back.
const DEPTH: usize = 4;

/// The near end of a device's thread; clones share it, and the thread ends with the last of them.
#[derive(Debug)]
pub struct Lane<J> {
    queue: SyncSender<(Instant, J)>,
    state: watch::Receiver<DeviceState>,
}

impl<J> Clone for Lane<J> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), state: self.state.clone() }
    }
}

impl<J: Send + 'static> Lane<J> {
    /// `work` gets a job and how long it waited, and tells the device's state afterwards. It must answer its job
    /// itself, also when it fails.
    pub fn start(
        name: &str,
        first: DeviceState,
        mut work: impl FnMut(J, Duration) -> DeviceState + Send + 'static,
    ) -> io::Result<Self> {
        let (queue, jobs) = sync_channel::<(Instant, J)>(DEPTH);
        let (tell, state) = watch::channel(first);
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Ok((put, job)) = jobs.recv() {
                tell.send_replace(DeviceState::Busy);
                let after = work(job, put.elapsed());
                tell.send_replace(after);
            }
        })?;
        Ok(Self { queue, state })
    }

    /// Hands the job back if the queue is full or the thread is gone.
    pub fn put(&self, job: J) -> Result<(), J> {
        self.queue.try_send((Instant::now(), job)).map_err(|e| match e {
            std::sync::mpsc::TrySendError::Full((_, job)) => job,
            std::sync::mpsc::TrySendError::Disconnected((_, job)) => job,
        })
    }

    /// A thread that is gone (a fault in this program) is told as such, never as busy for ever.
    pub fn state(&self) -> DeviceState {
        match self.state.has_changed() {
            Ok(_) => self.state.borrow().clone(),
            Err(_) => DeviceState::Failed("berhenti".to_owned()),
        }
    }

    /// Wakes whoever shows the state when it changes.
    pub fn watch(&self) -> watch::Receiver<DeviceState> {
        self.state.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_whose_thread_died_is_never_busy_for_ever() {
        let lane = Lane::start("t", DeviceState::Ready, |(), _| panic!("fault")).unwrap();
        lane.put(()).unwrap();
        while !matches!(lane.state(), DeviceState::Failed(_)) {
            thread::yield_now();
        }
        assert_eq!(lane.put(()), Err(()));
    }

    #[test]
    fn a_full_queue_hands_the_job_back_at_once() {
        let (release, held) = sync_channel::<()>(0);
        let lane = Lane::start("t", DeviceState::Ready, move |_: usize, _| {
            let _ = held.recv();
            DeviceState::Ready
        });
        let lane = lane.unwrap();
        let refused: Vec<usize> = (0..10).filter_map(|n| lane.put(n).err()).collect();
        assert!(refused.len() >= 10 - DEPTH - 1 && refused.contains(&9), "{refused:?}");
        drop(release);
    }
}
