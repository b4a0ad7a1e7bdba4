//! Gives each topic of `DESTINATIONS` the fields of JSON records that it needs.

mod json;
mod settings;

use std::io::Write;

use redpanda_transform_sdk::{on_record_written, BorrowedRecord, WriteOptions};

fn main() {
    let destinations = settings::pairs("DESTINATIONS");

    on_record_written(|event, writer| {
        let record = &event.record;
        let text = record.value().and_then(json::parse_object);
        if record.value().is_some() && text.is_none() {
            let _ = std::io::stderr().write_all(b"multiple-destinations: value is not a JSON object, left out\n");
            return Ok(());
        }
        destinations.iter().try_for_each(|(topic, fields)| {
            let part = text.map(|text| part_of(text, fields));
            let value = part.as_ref().map(String::as_bytes);
            let part = BorrowedRecord::new_with_headers(record.key(), value, record.headers().to_vec());
            writer.write_with_options(part, WriteOptions::to_topic(topic))
        })
    });
}

/// An object of the fields, which have | between them, that are there.
fn part_of(text: &str, fields: &str) -> String {
    let member = |field| Some(format!("{}:{}", json::quote(field), json::get(text, field)?));
    let members: Vec<_> = fields.split('|').filter_map(member).collect();
    format!("{{{}}}", members.join(","))
}
