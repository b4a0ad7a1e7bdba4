//! A masking transform: the values of the fields named in `MASK_FIELDS` are masked in each JSON record, at any depth.
//! Every other byte of the record stays as it is.

mod mask;

use std::cell::RefCell;
use std::io::Write;

use redpanda_transform_sdk::{on_record_written, BorrowedRecord};

use crate::mask::Masker;

fn main() {
    let fields = parse_fields(&std::env::var("MASK_FIELDS").unwrap_or_default());
    if fields.is_empty() {
        log(std::io::stderr(), "masking: MASK_FIELDS names no field\n");
        std::process::exit(1);
    }
    log(std::io::stdout(), &format!("masking: {}\n", fields.join(", ")));

    // One record is transformed at a time, so the masker's buffers serve them all.
    let masker = RefCell::new(Masker::new(fields));
    on_record_written(|event, writer| {
        let record = &event.record;
        let Some(value) = record.value() else {
            return writer.write(record); // a tombstone
        };
        match masker.borrow_mut().mask(value) {
            Some(masked) => {
                let headers = record.headers().to_vec();
                writer.write(BorrowedRecord::new_with_headers(record.key(), Some(masked), headers))
            }
            None => {
                log(std::io::stderr(), "masking: value is not JSON, passed on unchanged\n");
                writer.write(record)
            }
        }
    });
}

/// Splits a list of field names at its commas.
fn parse_fields(list: &str) -> Vec<String> {
    list.split(',')
        .map(|field| field.trim_matches([' ', '\t']))
        .filter(|field| !field.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Writes one line in one call: the broker makes a log record of each.
fn log(mut stream: impl Write, line: &str) {
    // A log that cannot be written is no reason to stop.
    let _ = stream.write_all(line.as_bytes());
    let _ = stream.flush();
}
