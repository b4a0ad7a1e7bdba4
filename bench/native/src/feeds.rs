//! What the guest is fed, how often, and how long that takes.

use crate::batch;
use rustix::time::{ClockId, clock_gettime};
use std::fmt;
use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::time::{Duration, Instant};
use wasmtime::{Error, Result};

/// The error that ends a run: every feed has been read.
#[derive(Debug)]
pub struct Done;

impl fmt::Display for Done {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("every feed has been read")
    }
}

impl std::error::Error for Done {}

/// Processor time of the calling thread.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// What the timed rounds took and moved.
#[derive(Default)]
pub struct Measured {
    pub feeds: u64,
    pub records_in: u64,
    pub records_out: u64,
    pub cpu: Duration,
    pub wall: Duration,
}

/// A file of batches, cut into feeds of `feed_batches`, read once as a warm-up and then `repeats` times on the clock.
pub struct Feeds {
    pub data: Vec<u8>,
    pub batches: Vec<Range<usize>>,
    pub measured: Measured,
    feed_batches: usize,
    check_crc: bool,
    repeats: u64,
    output: Option<File>,
    round: u64, // 0 is the warm-up
    next: usize,
    began: Option<(Duration, Instant)>,
}

impl Feeds {
    pub fn new(
        data: Vec<u8>,
        feed_batches: usize,
        repeats: u64,
        check_crc: bool,
        output: Option<File>,
    ) -> Result<Self> {
        let batches = batch::split(&data)?;
        let feed_batches = if feed_batches == 0 { batches.len().max(1) } else { feed_batches };
        let measured = Measured::default();
        Ok(Feeds { data, batches, measured, feed_batches, check_crc, repeats, output, round: 0, next: 0, began: None })
    }

    /// The batches of the next feed, all of them checked; `Done` after the last. The counts are those so far.
    pub fn next(&mut self, records_in: u64, records_out: u64) -> Result<Range<usize>> {
        if self.next == self.batches.len() {
            self.next = 0;
            self.round += 1;
            self.output = None;
        }
        if self.round >= 1 && self.next == 0 {
            self.look_at_clock(records_in, records_out)?;
        }
        let feed = self.next..self.batches.len().min(self.next + self.feed_batches);
        self.next = feed.end;
        if self.check_crc {
            for place in &self.batches[feed.clone()] {
                batch::check(&self.data[place.clone()])?;
            }
        }
        Ok(feed)
    }

    /// Begin the measurement after the warm-up, end it after the last round.
    fn look_at_clock(&mut self, records_in: u64, records_out: u64) -> Result<()> {
        let measured = &mut self.measured;
        match self.began {
            None => {
                *measured = Measured { records_in, records_out, ..Measured::default() };
                self.began = Some((thread_time(), Instant::now()));
            }
            Some((cpu, wall)) if self.round > self.repeats => {
                measured.cpu = thread_time() - cpu;
                measured.wall = wall.elapsed();
                measured.feeds = self.repeats * self.batches.len().div_ceil(self.feed_batches) as u64;
                measured.records_in = records_in - measured.records_in;
                measured.records_out = records_out - measured.records_out;
                return Err(Error::new(Done));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Take the finished batches of a feed, one run of bytes for each output topic; those of the warm-up are kept.
    pub fn done<'a>(&mut self, outputs: impl Iterator<Item = &'a [u8]>) -> Result<()> {
        if let Some(file) = &mut self.output {
            for batches in outputs {
                file.write_all(batches)?;
            }
        }
        Ok(())
    }
}
