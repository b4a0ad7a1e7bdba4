//! Kafka record batches, version 2, uncompressed: reading them and writing them.
//!
//! Layout (Kafka protocol, "Record Batch"), big endian: base offset i64, length i32 (of all that follows), partition
//! leader epoch i32, magic i8 = 2, CRC-32C u32 (of all that follows), attributes i16, last offset delta i32, first
//! timestamp i64, max timestamp i64, producer id i64, producer epoch i16, base sequence i32, record count i32,
//! records. A record: length, attributes i8, timestamp delta, offset delta, payload; lengths and deltas are zigzag
//! varints. A payload: key, value, header count, headers; a null's length is -1.

use std::ops::Range;
use wasmtime::{Result, bail, format_err};

const HEADER_BYTES: usize = 61;
const LENGTH_FROM: usize = 12; // the length field counts from here
const CRC_FROM: usize = 21; // the checksum covers what follows
const COMPRESSION_MASK: i16 = 0x07;
const LOG_APPEND_TIME: i16 = 0x08;
const CONTROL: i16 = 0x20;

/// A batch's header, as `read_batch_header` shows it.
pub struct Header {
    pub base_offset: i64,
    pub leader_epoch: i32,
    pub attributes: i16,
    pub last_offset_delta: i32,
    pub first_timestamp: i64,
    pub max_timestamp: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    record_count: i32,
}

/// A record; `payload` is where it stands in the bytes that were read.
pub struct Record {
    pub attributes: u8,
    pub timestamp: i64,
    pub offset: i64,
    pub payload: Range<usize>,
}

fn big_endian<const N: usize>(data: &[u8], at: usize) -> [u8; N] {
    data[at..at + N].try_into().expect("a slice of N bytes")
}

/// Where each batch of `data` stands, by the length fields alone.
pub fn split(data: &[u8]) -> Result<Vec<Range<usize>>> {
    let mut batches = Vec::new();
    let mut start = 0;
    while start < data.len() {
        if data.len() - start < HEADER_BYTES {
            bail!("a record batch is cut short");
        }
        let end = start + LENGTH_FROM + u32::from_be_bytes(big_endian(data, start + 8)) as usize;
        if end < start + HEADER_BYTES || end > data.len() {
            bail!("the length of the record batch at byte {start} does not fit");
        }
        batches.push(start..end);
        start = end;
    }
    Ok(batches)
}

/// Test a batch's version and checksum.
pub fn check(batch: &[u8]) -> Result<()> {
    if batch[16] != 2 {
        bail!("a record batch has version {}, not 2", batch[16]);
    }
    if crc32c::crc32c(&batch[CRC_FROM..]) != u32::from_be_bytes(big_endian(batch, 17)) {
        bail!("a record batch's checksum does not match");
    }
    Ok(())
}

impl Header {
    /// The header of a batch that `split` found.
    pub fn read(batch: &[u8]) -> Result<Header> {
        let header = Header {
            base_offset: i64::from_be_bytes(big_endian(batch, 0)),
            leader_epoch: i32::from_be_bytes(big_endian(batch, 12)),
            attributes: i16::from_be_bytes(big_endian(batch, 21)),
            last_offset_delta: i32::from_be_bytes(big_endian(batch, 23)),
            first_timestamp: i64::from_be_bytes(big_endian(batch, 27)),
            max_timestamp: i64::from_be_bytes(big_endian(batch, 35)),
            producer_id: i64::from_be_bytes(big_endian(batch, 43)),
            producer_epoch: i16::from_be_bytes(big_endian(batch, 51)),
            base_sequence: i32::from_be_bytes(big_endian(batch, 53)),
            record_count: i32::from_be_bytes(big_endian(batch, 57)),
        };
        if header.attributes & COMPRESSION_MASK != 0 {
            bail!("a record batch is compressed: this host reads uncompressed ones");
        }
        Ok(header)
    }

    pub fn is_control(&self) -> bool {
        self.attributes & CONTROL != 0
    }

    pub fn is_log_append_time(&self) -> bool {
        self.attributes & LOG_APPEND_TIME != 0
    }

    /// Append the records of the batch that stands at `batch` in `data` to `records`.
    pub fn read_records(&self, data: &[u8], batch: &Range<usize>, records: &mut Vec<Record>) -> Result<()> {
        let malformed = || format_err!("a record of the batch at offset {} does not fit", self.base_offset);
        let data = &data[..batch.end];
        let mut at = batch.start + HEADER_BYTES;
        for _ in 0..self.record_count {
            let length = varint(data, &mut at).and_then(|length| usize::try_from(length).ok()).ok_or_else(malformed)?;
            let end = at.checked_add(length).filter(|end| *end <= data.len()).ok_or_else(malformed)?;
            let attributes = *data.get(at).ok_or_else(malformed)?;
            at += 1;
            let timestamp_delta = varint(data, &mut at).ok_or_else(malformed)?;
            let offset_delta = varint(data, &mut at).ok_or_else(malformed)?;
            if at > end {
                return Err(malformed());
            }
            let timestamp = match self.is_log_append_time() {
                true => self.max_timestamp,
                false => self.first_timestamp.wrapping_add(timestamp_delta),
            };
            let offset = self.base_offset.wrapping_add(offset_delta);
            records.push(Record { attributes, timestamp, offset, payload: at..end });
            at = end;
        }
        if at != data.len() {
            return Err(malformed());
        }
        Ok(())
    }
}

/// The zigzag varint at `at`, which moves on; None when it is cut short or longer than 64 bits.
#[inline]
pub fn varint(data: &[u8], at: &mut usize) -> Option<i64> {
    let mut bits = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *data.get(*at)?;
        *at += 1;
        bits |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some((bits >> 1) as i64 ^ -((bits & 1) as i64));
        }
    }
    None
}

/// Whether `payload` is a key, a value and headers and nothing more.
#[inline]
pub fn is_payload(payload: &[u8]) -> bool {
    fn skip(payload: &[u8], at: &mut usize) -> Option<()> {
        let length = varint(payload, at)?;
        if length >= 0 {
            *at = at.checked_add(usize::try_from(length).ok()?)?;
        }
        (length >= -1).then_some(())
    }
    let walk = || {
        let mut at = 0;
        skip(payload, &mut at)?;
        skip(payload, &mut at)?;
        let headers = varint(payload, &mut at).filter(|count| *count >= 0)?;
        for _ in 0..headers {
            skip(payload, &mut at)?;
            skip(payload, &mut at)?;
        }
        Some(at)
    };
    walk() == Some(payload.len())
}

/// Writes finished batches one after the other, as a broker writes a transform's: LogAppendTime, producer id -1.
pub struct Writer {
    finished: Vec<u8>,
    start: usize, // of the batch being written
    records: i32, // that it has
    max_batch_bytes: usize,
}

impl Writer {
    pub fn new(max_batch_bytes: usize) -> Writer {
        Writer { finished: Vec::new(), start: 0, records: 0, max_batch_bytes }
    }

    /// Add a record; a batch that would grow larger than `max_batch_bytes` is finished before.
    #[inline]
    pub fn push(&mut self, payload: &[u8]) {
        let mut body = payload.len() + 2 + varint_size(self.records as u32);
        let stored = body + varint_size(body as u32);
        if self.records > 0 && self.finished.len() - self.start + stored > self.max_batch_bytes {
            self.finish();
        }
        if self.records == 0 {
            self.start = self.finished.len();
            self.finished.resize(self.start + HEADER_BYTES, 0);
            body = payload.len() + 3;
        }
        self.put(body as u32);
        self.finished.extend_from_slice(&[0, 0]); // attributes, timestamp delta
        self.put(self.records as u32);
        self.finished.extend_from_slice(payload);
        self.records += 1;
    }

    fn put(&mut self, value: u32) {
        let mut bits = u64::from(value) << 1; // zigzag of what is never negative
        while bits >= 0x80 {
            self.finished.push(bits as u8 | 0x80);
            bits >>= 7;
        }
        self.finished.push(bits as u8);
    }

    /// Fill in the header of the batch being written, if there is one.
    pub fn finish(&mut self) {
        if self.records == 0 {
            return;
        }
        let now = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_millis() as i64);
        let batch = &mut self.finished[self.start..];
        let length = (batch.len() - LENGTH_FROM) as i32;
        let mut at = 0;
        let mut put = |field: &[u8]| {
            batch[at..at + field.len()].copy_from_slice(field);
            at += field.len();
        };
        put(&0i64.to_be_bytes()); // base offset
        put(&length.to_be_bytes());
        put(&(-1i32).to_be_bytes()); // partition leader epoch
        put(&[2, 0, 0, 0, 0]); // magic, and the checksum's place
        put(&LOG_APPEND_TIME.to_be_bytes());
        put(&(self.records - 1).to_be_bytes());
        put(&now.to_be_bytes());
        put(&now.to_be_bytes());
        put(&[0xff; 14]); // producer id, producer epoch, base sequence: -1
        put(&self.records.to_be_bytes());
        let checksum = crc32c::crc32c(&batch[CRC_FROM..]);
        batch[17..CRC_FROM].copy_from_slice(&checksum.to_be_bytes());
        self.records = 0;
    }

    /// The finished batches.
    pub fn batches(&self) -> &[u8] {
        &self.finished
    }

    /// Forget the finished batches, but keep their memory.
    pub fn clear(&mut self) {
        self.finished.clear();
    }
}

/// Bytes of the zigzag varint of what is never negative.
fn varint_size(value: u32) -> usize {
    (64 - (u64::from(value) << 1 | 1).leading_zeros() as usize).div_ceil(7)
}
