//! Validates JSON records: those whose fields are as `VALIDATE_FIELDS` says go to the first output topic, others to the
//! second one, with the reason in the header "error".

mod json;
mod settings;

use redpanda_transform_sdk::{on_record_written, BorrowedHeader, BorrowedRecord, WriteOptions};

fn main() {
    let rules = settings::pairs("VALIDATE_FIELDS");
    let dead_letters = settings::text("REDPANDA_OUTPUT_TOPIC_1");

    on_record_written(|event, writer| {
        let record = &event.record;
        let Some(Err(error)) = record.value().map(|value| check(value, &rules)) else {
            return writer.write(record);
        };
        let mut headers = record.headers().to_vec();
        headers.push(BorrowedHeader::new(b"error", Some(error.as_bytes())));
        let dead = BorrowedRecord::new_with_headers(record.key(), record.value(), headers);
        writer.write_with_options(dead, WriteOptions::to_topic(&dead_letters))
    });
}

/// Whether the value is valid, or what is wrong with it.
fn check(value: &[u8], rules: &[(String, String)]) -> Result<(), String> {
    let text = json::parse_object(value).ok_or("value is not a JSON object")?;
    for (field, rule) in rules {
        let optional = rule.strip_suffix('?');
        let kind = match json::get(text, field).map(json::kind) {
            None | Some("null") if optional.is_some() => continue,
            None => return Err(format!("{field} is missing")),
            Some(kind) => kind,
        };
        let wanted = optional.unwrap_or(rule);
        if wanted != "any" && wanted != kind {
            let article = if wanted.starts_with(['a', 'o']) { "an" } else { "a" };
            return Err(format!("{field} is not {article} {wanted}"));
        }
    }
    Ok(())
}
