"""rpk's record formats: `%k %v\\n` and the like, for reading records from text and for printing them.

    Printer.of(format)(TopicRecord) -> bytes          Reader(format, stream) -> Iterator[Incoming]

The language is the one that `rpk topic consume --help` and `rpk topic produce --help` describe. `json` stands for one
JSON object a record.
"""

from rpkpy.kafka.formats.printing import Printer
from rpkpy.kafka.formats.reading import Reader
from rpkpy.kafka.formats.record import Incoming, TopicRecord

__all__ = ["Incoming", "Printer", "Reader", "TopicRecord"]
