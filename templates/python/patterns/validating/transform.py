"""Validates JSON records: those whose fields are as VALIDATE_FIELDS says go to the first output topic, others to the second
one, with the reason in the header "error".
"""

from rawjson import get, kind, parse_object
from redpanda_transform import on_record_written
from settings import pairs, setting

rules = pairs("VALIDATE_FIELDS")
dead_letters = setting("REDPANDA_OUTPUT_TOPIC_1")


@on_record_written
def transform(event, writer):
    record = event.record
    error = None if record.value is None else check(record.value)
    if error is None:
        writer.write(record)
    else:
        writer.write(record, headers=record.headers + [("error", error)], to=dead_letters)


def check(value):
    """What is wrong with the value, or None."""
    text = parse_object(value)
    if text is None:
        return "value is not a JSON object"
    for field, rule in rules:
        wanted = rule.rstrip("?")
        found = get(text, field)
        if wanted != rule and (found is None or found == b"null"):
            continue  # it may be missing
        if found is None:
            return field + " is missing"
        if wanted != "any" and wanted != kind(found):
            return "{} is not {} {}".format(field, "an" if wanted[:1] in ("a", "o") else "a", wanted)
    return None
