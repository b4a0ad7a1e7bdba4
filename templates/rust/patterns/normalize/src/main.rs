//! Normalizes JSON records: each becomes an object of the fields that `NORMALIZE_FIELDS` names, with the values found at their
//! paths.

mod json;
mod settings;

use std::io::Write;

use redpanda_transform_sdk::{on_record_written, BorrowedRecord};

fn main() {
    let fields = settings::pairs("NORMALIZE_FIELDS");

    on_record_written(|event, writer| {
        let record = &event.record;
        let Some(value) = record.value() else {
            return writer.write(record);
        };
        let Some(text) = json::parse_object(value) else {
            let _ = std::io::stderr().write_all(b"normalize: value is not a JSON object, left out\n");
            return Ok(());
        };
        let members: Vec<_> = fields
            .iter()
            .map(|(name, paths)| {
                let found = paths.split('|').find_map(|path| json::get(text, path));
                format!("{}:{}", json::quote(name), found.unwrap_or("null"))
            })
            .collect();
        let normal = format!("{{{}}}", members.join(","));
        let headers = record.headers().to_vec();
        writer.write(BorrowedRecord::new_with_headers(record.key(), Some(normal.as_bytes()), headers))
    });
}
