//! Makes a JSON object of each line of CSV (RFC 4180): `CSV_COLUMNS` names its columns.

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
        let cells = std::str::from_utf8(value).ok().and_then(cells).filter(|cells| cells.len() == columns.len());
        let Some(cells) = cells else {
            let warning = format!("csv-to-json: value is not a line of {} columns, left out\n", columns.len());
            let _ = std::io::stderr().write_all(warning.as_bytes());
            return Ok(());
        };
        let members = columns.iter().zip(&cells).map(|(name, cell)| format!("{}:{}", json::quote(name), json::quote(cell)));
        let object = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        let headers = record.headers().to_vec();
        writer.write(BorrowedRecord::new_with_headers(record.key(), Some(object.as_bytes()), headers))
    });
}

/// The cells of a line; `None` when it is not one line of CSV.
fn cells(line: &str) -> Option<Vec<String>> {
    let line = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
    let mut left = line;
    let mut cells = Vec::new();
    loop {
        if let Some(mut quoted) = left.strip_prefix('"') {
            let mut cell = String::new();
            loop {
                let (part, rest) = quoted.split_once('"')?;
                cell.push_str(part);
                left = rest;
                let Some(more) = rest.strip_prefix('"') else { break };
                cell.push('"'); // two quotes are one
                quoted = more;
            }
            cells.push(cell);
        } else {
            let (cell, rest) = left.split_at(left.find(',').unwrap_or(left.len()));
            if cell.contains(['"', '\r', '\n']) {
                return None;
            }
            cells.push(cell.to_owned());
            left = rest;
        }
        if left.is_empty() {
            return Some(cells);
        }
        left = left.strip_prefix(',')?;
    }
}
