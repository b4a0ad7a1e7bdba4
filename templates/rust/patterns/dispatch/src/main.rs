//! Dispatches JSON records: the value of `DISPATCH_FIELD` chooses the output topic, as `DISPATCH_ROUTES` says. All else goes
//! to the first one.

mod json;
mod settings;

use redpanda_transform_sdk::{on_record_written, WriteOptions};

fn main() {
    let field = settings::text("DISPATCH_FIELD");
    let routes = settings::pairs("DISPATCH_ROUTES");

    on_record_written(|event, writer| {
        let text = event.record.value().and_then(json::parse);
        let found = text.and_then(|text| json::get(text, &field)).map(json::text);
        let route = found.and_then(|found| routes.iter().find(|(value, _)| *value == found));
        let topic = route.map(|(_, topic)| topic.as_str());
        writer.write_with_options(&event.record, WriteOptions::new(topic))
    });
}
