//! Does what each record's value asks for; see ../../README.md.

use redpanda_transform_sdk::{
    on_record_written, BorrowedHeader, BorrowedRecord, RecordWriter, WriteEvent, WriteOptions,
};
use std::error::Error;
use std::io::Write;
use std::time::UNIX_EPOCH;

fn main() {
    on_record_written(on_record);
}

fn on_record(event: WriteEvent, writer: &mut RecordWriter) -> Result<(), Box<dyn Error>> {
    let record = &event.record;
    let value = std::str::from_utf8(record.value().unwrap_or_default())?;
    let (verb, argument) = value.split_once(' ').unwrap_or((value, ""));
    let mut write_value = |text: &str| {
        let headers = record.headers().to_vec();
        writer.write(BorrowedRecord::new_with_headers(record.key(), Some(text.as_bytes()), headers))
    };
    match verb {
        "to" => {
            if writer.write_with_options(record, WriteOptions::to_topic(argument)).is_err() {
                warn(&format!("refused: {argument}"));
            }
        }
        "timestamp" => write_value(&record.timestamp().duration_since(UNIX_EPOCH)?.as_millis().to_string())?,
        "environment" => write_value(&std::env::var(argument)?)?,
        "change" => {
            let key = [record.key().unwrap_or_default(), b"-key"].concat();
            let longer = format!("{value}-value");
            let mut headers = record.headers().to_vec();
            headers.push(BorrowedHeader::new(b"more", None));
            writer.write(BorrowedRecord::new_with_headers(Some(&key), Some(longer.as_bytes()), headers))?;
            writer.write(record)?;
        }
        "empty" => {
            let headers = vec![BorrowedHeader::new(b"", Some(b""))];
            writer.write(BorrowedRecord::new_with_headers(Some(b""), Some(b""), headers))?;
        }
        "null" => writer.write(BorrowedRecord::new(None, None))?,
        "drop" => {}
        "log" => println!("{argument}"),
        "warn" => warn(argument),
        "fail" => return Err(argument.into()),
        _ => writer.write(record)?,
    }
    Ok(())
}

/// Writes a line in one call: the broker makes a log record of each, and standard error is not buffered.
fn warn(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
