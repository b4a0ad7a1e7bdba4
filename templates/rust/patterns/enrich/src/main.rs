//! Enriches JSON records: what the table (table.json) has for the value of `ENRICH_FIELD` is added as `ENRICH_AS`.

mod json;
mod settings;

use std::collections::HashMap;

use redpanda_transform_sdk::{on_record_written, BorrowedRecord};

const TABLE: &str = include_str!("table.json");

fn main() {
    let field = settings::text("ENRICH_FIELD");
    let added = settings::text("ENRICH_AS");
    let rows = json::parse_object(TABLE.as_bytes()).expect("table.json is a JSON object");
    let table: HashMap<_, _> = json::items(rows).map(|(key, row)| (json::text(key), row)).collect();

    on_record_written(|event, writer| {
        let record = &event.record;
        let Some(text) = record.value().and_then(json::parse_object) else {
            return writer.write(record);
        };
        let row = json::get(text, &field).and_then(|value| table.get(&json::text(value)));
        // Once with room for all: growing would hold two of them in the little memory there is.
        let mut enriched = String::with_capacity(text.len() + 256);
        enriched.push('{');
        for (key, value) in json::items(text).filter(|(key, _)| json::text(key) != added) {
            enriched.extend([key, ":", value, ","]);
        }
        enriched.extend([&json::quote(&added), ":", row.unwrap_or(&"null"), "}"]);
        let headers = record.headers().to_vec();
        writer.write(BorrowedRecord::new_with_headers(record.key(), Some(enriched.as_bytes()), headers))
    });
}
