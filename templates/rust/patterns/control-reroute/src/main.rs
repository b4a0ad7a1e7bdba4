//! Sends records with one of `REROUTE_HEADERS` to the second output topic while `REROUTE` is "on"; all else to the first one.

mod settings;

use redpanda_transform_sdk::{on_record_written, WriteOptions};

fn main() {
    let is_on = settings::text("REROUTE") == "on";
    let rules = settings::pairs("REROUTE_HEADERS");
    let detour = settings::text("REDPANDA_OUTPUT_TOPIC_1");

    on_record_written(|event, writer| {
        let is_rerouted = event.record.headers().iter().any(|header| {
            rules.iter().any(|(key, value)| key.as_bytes() == header.key() && Some(value.as_bytes()) == header.value())
        });
        let topic = (is_on && is_rerouted).then_some(detour.as_str());
        writer.write_with_options(&event.record, WriteOptions::new(topic))
    });
}
