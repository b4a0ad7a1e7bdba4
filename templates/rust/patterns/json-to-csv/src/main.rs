//! Makes a line of CSV (RFC 4180) of each JSON object: the fields that `CSV_COLUMNS` names, in that order.

mod json;
mod settings;

use std::io::Write;

use redpanda_transform_sdk::{on_record_written, BorrowedRecord};

fn main() {
    let columns = settings::list("CSV_COLUMNS");

    on_record_written(|event, writer| {
        let record = &event.record;
        let Some(value) = record.value() else {
            return writer.write(record);
        };
        let Some(text) = json::parse_object(value) else {
            let _ = std::io::stderr().write_all(b"json-to-csv: value is not a JSON object, left out\n");
            return Ok(());
        };
        let cells: Vec<_> = columns.iter().map(|column| cell(json::get(text, column))).collect();
        let line = cells.join(",");
        let headers = record.headers().to_vec();
        writer.write(BorrowedRecord::new_with_headers(record.key(), Some(line.as_bytes()), headers))
    });
}

fn cell(value: Option<&str>) -> String {
    let text = value.filter(|value| *value != "null").map(json::text).unwrap_or_default();
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into_owned()
    }
}
