//! Puts each record into an envelope: `{"source":"the input topic","data":the JSON value, or a string of the text}`.

mod json;
mod settings;

use std::io::Write;

use redpanda_transform_sdk::{on_record_written, BorrowedRecord};

fn main() {
    let source = json::quote(&settings::text("REDPANDA_INPUT_TOPIC"));

    on_record_written(|event, writer| {
        let record = &event.record;
        let Some(value) = record.value() else {
            return writer.write(record);
        };
        let Ok(text) = std::str::from_utf8(value) else {
            let _ = std::io::stderr().write_all(b"multiple-ingestion: value is not UTF-8, left out\n");
            return Ok(());
        };
        let data = json::parse(value).map_or_else(|| json::quote(text), str::to_owned);
        let envelope = format!("{{\"source\":{source},\"data\":{data}}}");
        let headers = record.headers().to_vec();
        writer.write(BorrowedRecord::new_with_headers(record.key(), Some(envelope.as_bytes()), headers))
    });
}
