"""Does what each record's value asks for; see ../README.md."""

import os
import sys

from redpanda_transform import Record, on_record_written


@on_record_written
def transform(event, writer):
    record = event.record
    verb, _, argument = (record.value or b"").partition(b" ")
    argument = argument.decode()
    if verb == b"to":
        try:
            writer.write(record, to=argument)
        except ValueError:
            sys.stderr.write("refused: " + argument + "\n")
    elif verb == b"offset":
        writer.write(record, value=str(record.offset))
    elif verb == b"timestamp":
        writer.write(record, value=str(record.timestamp))
    elif verb == b"environment":
        writer.write(record, value=os.getenv(argument))
    elif verb == b"change":
        changed = Record(record.key + b"-key", record.value + b"-value", record.headers + [("more", None)])
        writer.write(changed)
        writer.write(record)
    elif verb == b"empty":
        writer.write(key=b"", value=b"", headers=[(b"", b"")])
    elif verb == b"null":
        writer.write(Record())
    elif verb == b"drop":
        pass
    elif verb == b"log":
        print(argument)
    elif verb == b"warn":
        print(argument, file=sys.stderr)
    elif verb == b"fail":
        raise Exception(argument)
    else:
        writer.write(record)
