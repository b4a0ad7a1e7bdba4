//! Writes every record to the first output topic, and a copy to the second one, which says where it was tapped.

mod settings;

use redpanda_transform_sdk::{on_record_written, BorrowedHeader, BorrowedRecord, WriteOptions};

fn main() {
    let input = settings::text("REDPANDA_INPUT_TOPIC");
    let tap = settings::text("REDPANDA_OUTPUT_TOPIC_1");

    on_record_written(|event, writer| {
        let record = &event.record;
        writer.write(record)?;
        let mut headers = record.headers().to_vec();
        headers.push(BorrowedHeader::new(b"tapped-from", Some(input.as_bytes())));
        let copy = BorrowedRecord::new_with_headers(record.key(), record.value(), headers);
        writer.write_with_options(copy, WriteOptions::to_topic(&tap))
    });
}
