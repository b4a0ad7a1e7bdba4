//! Filters JSON records: those whose `FILTER_FIELD` has one of `FILTER_VALUES` pass, and tombstones do.

mod json;
mod settings;

use redpanda_transform_sdk::on_record_written;

fn main() {
    let field = settings::text("FILTER_FIELD");
    let wanted = settings::list("FILTER_VALUES");

    let is_wanted = |value: &[u8]| {
        let found = json::parse(value).and_then(|text| json::get(text, &field));
        found.is_some_and(|found| wanted.iter().any(|value| *value == json::text(found)))
    };

    on_record_written(|event, writer| match event.record.value() {
        Some(value) if !is_wanted(value) => Ok(()),
        _ => writer.write(event.record),
    });
}
