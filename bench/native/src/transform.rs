//! The module `redpanda_transform`, ABI versions 1 and 2: how a guest gets records and gives records.
//!
//! `read_batch_header` is where feeds change: it finishes the output of the feed that has been read, and ends the run
//! with `Done` after the last one.

use crate::batch::{self, Header, Record, Writer};
use crate::feeds::Feeds;
use crate::wasi::System;
use std::ops::Range;
use wasmtime::{Caller, Linker, Memory, Result, StoreLimits, bail};

const MODULE: &str = "redpanda_transform";
const NO_ACTIVE_TRANSFORM: i32 = -1;
const INVALID_BUFFER: i32 = -2;
const INVALID_WRITE: i32 = -3;
const OUTPUT_TOPIC: u8 = 1; // the only option of write_record_with_options
const MAX_BATCH_BYTES: usize = 1_048_576; // kafka_batch_max_bytes

/// Fuel for start-up and again for each record: 2,000,000 for each of data_transforms_runtime_limit_ms.
pub const FUEL: u64 = 6_000_000_000;

pub type Guest<'a> = Caller<'a, State>;

/// What a guest's store holds.
pub struct State {
    pub memory: Option<Memory>,
    pub limits: StoreLimits,
    pub system: System,
    pub feeds: Feeds,
    pub records_in: u64,
    pub records_out: u64,
    batches: Range<usize>, // of the current feed, still to be read
    records: Vec<Record>,  // of the current batch
    next: usize,           // the first of them that has not been read
    is_active: bool,
    outputs: Vec<(Vec<u8>, Writer)>, // topic, batches
}

impl State {
    pub fn new(feeds: Feeds, system: System, topics: &[String], limits: StoreLimits) -> State {
        let outputs = topics.iter().map(|topic| (topic.clone().into_bytes(), Writer::new(MAX_BATCH_BYTES)));
        State {
            memory: None,
            limits,
            system,
            feeds,
            records_in: 0,
            records_out: 0,
            batches: 0..0,
            records: Vec::new(),
            next: 0,
            is_active: false,
            outputs: outputs.collect(),
        }
    }

    pub fn memory(&self) -> Memory {
        self.memory.expect("a guest has its memory before it runs")
    }

    /// Make the next batch with records the current one, going on to the next feed where that is needed.
    fn next_batch(&mut self) -> Result<Header> {
        loop {
            while let Some(index) = self.batches.next() {
                let place = self.feeds.batches[index].clone();
                let header = Header::read(&self.feeds.data[place.clone()])?;
                if header.is_control() {
                    continue;
                }
                header.read_records(&self.feeds.data, &place, &mut self.records)?;
                if !self.records.is_empty() {
                    return Ok(header);
                }
            }
            for (_, output) in &mut self.outputs {
                output.finish();
            }
            self.feeds.done(self.outputs.iter().map(|(_, output)| output.batches()))?;
            for (_, output) in &mut self.outputs {
                output.clear();
            }
            self.batches = self.feeds.next(self.records_in, self.records_out)?;
        }
    }

    #[inline]
    fn write(&mut self, output: usize, payload: &[u8]) -> i32 {
        if !batch::is_payload(payload) {
            return INVALID_BUFFER;
        }
        self.outputs[output].1.push(payload);
        self.records_out += 1;
        payload.len() as i32
    }
}

/// The guest's `length` bytes at `pointer`; an error (a trap) when it does not have them.
#[inline]
pub fn require(memory: &[u8], pointer: u32, length: usize) -> Result<Range<usize>> {
    let start = pointer as usize;
    if memory.len() < start + length {
        bail!("Out of bounds memory access in FFI: {length} bytes at {pointer} of {}", memory.len());
    }
    Ok(start..start + length)
}

#[allow(clippy::too_many_arguments)] // as the ABI has it
fn read_batch_header(
    mut guest: Guest<'_>,
    base_offset: u32,
    record_count: u32,
    leader_epoch: u32,
    attributes: u32,
    last_offset_delta: u32,
    first_timestamp: u32,
    max_timestamp: u32,
    producer_id: u32,
    producer_epoch: u32,
    base_sequence: u32,
) -> Result<i32> {
    let memory = guest.data().memory();
    let (memory, state) = memory.data_and_store_mut(&mut guest);
    state.is_active = false;
    state.records.clear();
    state.next = 0;
    let header = state.next_batch()?;
    state.is_active = true;
    state.system.now_ms = if header.is_log_append_time() { header.max_timestamp } else { header.first_timestamp };
    let mut put = |pointer: u32, field: &[u8]| -> Result<()> {
        let place = require(memory, pointer, field.len())?;
        memory[place].copy_from_slice(field);
        Ok(())
    };
    put(base_offset, &header.base_offset.to_le_bytes())?;
    put(record_count, &(state.records.len() as i32).to_le_bytes())?;
    put(leader_epoch, &header.leader_epoch.to_le_bytes())?;
    put(attributes, &header.attributes.to_le_bytes())?;
    put(last_offset_delta, &header.last_offset_delta.to_le_bytes())?;
    put(first_timestamp, &header.first_timestamp.to_le_bytes())?;
    put(max_timestamp, &header.max_timestamp.to_le_bytes())?;
    put(producer_id, &header.producer_id.to_le_bytes())?;
    put(producer_epoch, &header.producer_epoch.to_le_bytes())?;
    put(base_sequence, &header.base_sequence.to_le_bytes())?;
    let largest = state.records.iter().map(|record| record.payload.len()).max();
    Ok(largest.unwrap_or(0) as i32)
}

fn read_next_record(
    mut guest: Guest<'_>,
    attributes: u32,
    timestamp: u32,
    offset: u32,
    buffer: u32,
    size: u32,
) -> Result<i32> {
    let memory = guest.data().memory();
    let (memory, state) = memory.data_and_store_mut(&mut guest);
    let attributes = require(memory, attributes, 1)?;
    let timestamp = require(memory, timestamp, 8)?;
    let offset = require(memory, offset, 8)?;
    let buffer = require(memory, buffer, size as usize)?;
    let Some(record) = state.records.get(state.next) else {
        return Ok(NO_ACTIVE_TRANSFORM);
    };
    let length = record.payload.len();
    if buffer.len() < length {
        return Ok(INVALID_BUFFER);
    }
    memory[attributes.start] = record.attributes;
    memory[timestamp].copy_from_slice(&record.timestamp.to_le_bytes());
    memory[offset].copy_from_slice(&record.offset.to_le_bytes());
    memory[buffer.start..buffer.start + length].copy_from_slice(&state.feeds.data[record.payload.clone()]);
    state.system.now_ms = record.timestamp;
    state.next += 1;
    state.records_in += 1;
    guest.set_fuel(FUEL)?;
    Ok(length as i32)
}

fn write_record(mut guest: Guest<'_>, pointer: u32, length: u32) -> Result<i32> {
    let memory = guest.data().memory();
    let (memory, state) = memory.data_and_store_mut(&mut guest);
    let payload = require(memory, pointer, length as usize)?;
    if !state.is_active {
        return Ok(NO_ACTIVE_TRANSFORM);
    }
    Ok(state.write(0, &memory[payload]))
}

fn write_record_with_options(
    mut guest: Guest<'_>,
    pointer: u32,
    length: u32,
    options: u32,
    options_length: u32,
) -> Result<i32> {
    let memory = guest.data().memory();
    let (memory, state) = memory.data_and_store_mut(&mut guest);
    let payload = require(memory, pointer, length as usize)?;
    let options = &memory[require(memory, options, options_length as usize)?];
    let payload = &memory[payload];
    if !state.is_active {
        return Ok(NO_ACTIVE_TRANSFORM);
    }
    let Some((option, mut topic)) = options.split_first() else {
        return Ok(state.write(0, payload));
    };
    if *option != OUTPUT_TOPIC {
        return Ok(INVALID_BUFFER);
    }
    let mut at = 0;
    let size = batch::varint(topic, &mut at).and_then(|size| usize::try_from(size).ok());
    topic = &topic[at..];
    match size {
        Some(size) if size < topic.len() => return Ok(INVALID_BUFFER),
        Some(size) if size == topic.len() => {}
        _ => bail!("the options of write_record_with_options are cut short"),
    }
    match state.outputs.iter().position(|(name, _)| name == topic) {
        Some(output) => Ok(state.write(output, payload)),
        None => Ok(INVALID_WRITE),
    }
}

/// Link the functions of the module.
pub fn link(linker: &mut Linker<State>) -> Result<()> {
    linker.func_wrap(MODULE, "check_abi_version_1", || {})?;
    linker.func_wrap(MODULE, "check_abi_version_2", || {})?;
    linker.func_wrap(MODULE, "read_batch_header", read_batch_header)?;
    linker.func_wrap(MODULE, "read_next_record", read_next_record)?;
    linker.func_wrap(MODULE, "write_record", write_record)?;
    linker.func_wrap(MODULE, "write_record_with_options", write_record_with_options)?;
    Ok(())
}
