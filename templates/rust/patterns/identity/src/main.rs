//! An identity transform: each record of the input topic is written unchanged to the output topic.

use redpanda_transform_sdk::{on_record_written, RecordWriter, WriteError, WriteEvent};

fn main() {
    // What the transform needs once is set up here, before the first record.
    on_record_written(on_record);
}

/// Called for each record. An error stops the transform; the broker starts it again at the same record.
fn on_record(event: WriteEvent, writer: &mut RecordWriter) -> Result<(), WriteError> {
    writer.write(event.record)
}
