//! Splits JSON records: each element of the array in `SPLIT_FIELD` becomes a record. What has no array passes unchanged.

mod json;
mod settings;

use redpanda_transform_sdk::{on_record_written, BorrowedRecord};

fn main() {
    let field = settings::text("SPLIT_FIELD");

    on_record_written(|event, writer| {
        let record = &event.record;
        let text = record.value().and_then(json::parse);
        let found = text.and_then(|text| if text.starts_with('[') { Some(text) } else { json::get(text, &field) });
        let Some(array) = found.filter(|found| found.starts_with('[')) else {
            return writer.write(record);
        };
        for (_, element) in json::items(array) {
            let headers = record.headers().to_vec();
            writer.write(BorrowedRecord::new_with_headers(record.key(), Some(element.as_bytes()), headers))?;
        }
        Ok(())
    });
}
