"""A running attempt at one partition: the loop from source through the guest to the sink, and its progress.

At least once: progress moves when everything made of a record is acknowledged, for each output by itself. Exactly
once: outputs and progress move together, in transactions. While the guest works on a feed, what it made of the one
before is on its way to Kafka.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rpkpy.errors import RefusedError, RpkpyError
from rpkpy.host import commits, dead_letters
from rpkpy.host.guest import Guest, words
from rpkpy.host.progress import Mark, Place
from rpkpy.host.record_path import DEAD_LETTER, MAX_FEED_RECORDS, Feed, RecordRefused, Sink, Source

if TYPE_CHECKING:
    from rpkpy.engine import GuestTrap, Output
    from rpkpy.host.processor import Processor
    from rpkpy.host.topology import Topic

_POLL_S = 0.2
"""How long a processor without input waits before it looks whether it should stop."""

_FEED_S = 0.25
"""How long a guest may work on what it is given at once."""

_GROWTH = 16
"""How much more it is given the next time, at most, if it was quick: few steps to what a burst brings."""

TRANSACTION_S = 0.1
TRANSACTION_BYTES = 16 * 1024 * 1024
"""A transaction ends when it has lasted so long, or taken in so many bytes; committing takes some milliseconds."""

_QUIET_S = 0.01
"""It ends before when no input comes for so long."""

_SLOW_S = 5.0
"""A guest that once took so long works with no transaction open, which the broker would end before it is done."""


def fitting_records(before: int, records: int, took_s: float) -> int:
    """How many records to hand to a guest after `before`, when `records` of them took it `took_s`."""
    if took_s > _FEED_S:
        return max(1, records // 2)
    growth = min(_GROWTH, _FEED_S / took_s) if took_s > 0 else _GROWTH
    return min(max(before, int(records * growth)), MAX_FEED_RECORDS)


class TryAgain(Exception):
    """The attempt has to begin anew, at once: something is known now that it began without."""


class Attempt:
    """Processes one partition from `marks` (the last offset done with, for each output) on.

    `processor` gives the surroundings and keeps what outlives an attempt.
    """

    def __init__(
        self,
        processor: "Processor",
        topic: "Topic",
        guest: Guest,
        source: Source,
        sink: Sink,
        marks: Sequence[int],
    ) -> None:
        self._processor = processor
        self._transform = processor.transform
        self._suspicion = processor.suspicion
        self._counters = processor.counters
        self._observed = processor.observed
        self._for_ever = processor.transform.options.on_error == "fail"
        """Whether a record is tried until it succeeds."""
        self._topic = topic
        self._guest = guest
        self._source = source
        self._sink = sink
        # Outputs that were ahead when the last attempt ended leave out what they had.
        self._ahead = list(marks)
        self._position = min(marks)
        """The last offset whose output was handed to the sink."""
        self._settled = self._position
        """The last offset whose output is acknowledged."""
        self._committed = self._position
        """Exactly once: the last offset in a committed transaction."""
        self._sent: Feed | None = None
        """What the output under way was made of."""
        self._feed_records = 1
        """How many records to hand to the guest at once: what it does in `_FEED_S`, as far as that is known."""
        self._began = 0.0
        self._bytes = 0
        """Of the open transaction: when it began, what it has taken in."""

    def until(self, stopping: threading.Event) -> None:
        """Process until `stopping`; raises what fails."""
        try:
            while not stopping.is_set():
                feed = self._next()
                if feed is None:
                    self._rest()
                elif feed.records == 1 and self._suspicion.proven(feed.first_offset) and not self._for_ever:
                    self._give_up(feed)
                else:
                    self._take(feed)
        finally:
            if not self._transform.exactly_once:
                self._settle()
        if self._transform.exactly_once:
            self._commit()

    # Reading.

    def _next(self) -> Feed | None:
        boundary = min((mark for mark in self._ahead if mark > self._position), default=None)
        wish = 1 if self._observed.wants_one() else self._feed_records
        most, until = self._suspicion.bound(self._position, wish)
        bounds = [offset for offset in (boundary, until) if offset is not None]
        last_offset = min(bounds, default=None)
        feed = self._source.read(self._guest.area, self._wait_s(), max_records=most, last_offset=last_offset)
        if feed is None or self._suspicion.near(self._position) or not self._suspicion.near(feed.first_offset - 1):
            return feed
        # Offsets without records led straight to what is suspected: it is read anew, in small parts.
        self._source.seek(feed.first_offset)
        self._position = feed.first_offset - 1
        return self._next()

    def _wait_s(self) -> float:
        if self._position > self._settled:
            return 0  # with writes under way only what is already here: their answers come before any waiting
        if self._transform.exactly_once and self._position > self._committed:
            return _QUIET_S
        return _POLL_S

    def _rest(self) -> None:
        """Nothing came."""
        under_way = self._position > self._settled
        self._settle()
        self._pass_end()
        if self._transform.exactly_once and not under_way:
            self._commit()
        self._check_topic()
        self._sink.idle()

    def _pass_end(self) -> None:
        """Move over what is no record at the end (transaction markers), so that the lag comes to nothing."""
        end = self._source.end_seen
        if end is not None and end - 1 > self._position:
            self._moved(end - 1, 0)
            self._settled = end - 1
            if not self._transform.exactly_once:
                self._note(end - 1, {})

    def _check_topic(self) -> None:
        known = self._processor.around.topology.known(self._topic.name)
        if known is None:
            raise RefusedError(f"The topic {self._topic.name} does not exist any more.")
        if known.id != self._topic.id:
            raise RefusedError(f"The topic {self._topic.name} was deleted and made anew.")

    # A feed.

    def _take(self, feed: Feed) -> None:
        from rpkpy.engine.trap import GuestTrap

        if self._processor.slow:
            self._finish()
        began = time.monotonic()
        try:
            with self._observed.feeding(feed) as feeding:
                output = self._guest.process(feed)
        except GuestTrap as trap:
            self._observed.failed(feed, trap, self._source.record)
            self._trapped(feed, trap)
            return
        self._observed.done(feed, feeding.took_s, output, self._guest.memory_bytes, self._source.record)
        # A slow guest gets few records at a time: it cannot be stopped in between.
        self._feed_records = fitting_records(self._feed_records, feed.records, time.monotonic() - began)
        self._settle()  # of the feed before
        careful = self._suspicion.near(feed.first_offset - 1)
        if self._send(feed, output, feed.last_offset) and (careful or self._due()):
            self._finish()

    def _trapped(self, feed: Feed, trap: "GuestTrap") -> None:
        """What came before the failing record is good: it goes out, and is not made again."""
        self._counters.guest_failures += 1
        self._processor.slow |= self._guest.took_s > _SLOW_S
        self._settle()
        offset, output = trap.record_offset, trap.output
        if output is not None and offset is not None and offset > feed.first_offset:
            if not self._send(feed, output, offset - 1):
                return
            self._settle()
        if trap.phase == "start" or trap.code == "interrupted" or self._guest.blameless:
            self._finish()
            raise trap
        if offset is None:  # between records: it is not known at which
            self._suspicion.narrow(feed.first_offset, feed.last_offset, feed.records, trap)
            offset = feed.first_offset
        else:
            self._suspicion.narrow(offset, offset, 1, trap)
        self._again_from(offset, trap)

    def _again_from(self, offset: int, error: RpkpyError) -> None:
        """Go back to `offset` with a fresh instance; by failing, where the one record is known and tried for ever."""
        if self._for_ever and self._suspicion.attempts:
            self._finish()
            raise error
        self._source.seek(offset)
        self._position = max(self._position, offset - 1)
        self._guest.renew()

    def _give_up(self, feed: Feed) -> None:
        """The one record of `feed` has failed often enough: the policy takes it."""
        error = self._suspicion.error
        assert error is not None  # noqa: S101
        self._settle()
        if self._transform.dead_letter_topic is not None:
            letter = dead_letters.letter(self._source.record(), self._transform, self._processor.partition, error)
            try:
                self._sink.dead_letter(letter)
            except RecordRefused as refused:
                raise dead_letters.undeliverable(self._transform, refused) from refused
        self._sent = feed
        self._moved(feed.last_offset, feed.size)
        self._settle()
        if self._transform.exactly_once:
            self._commit()  # else a refusal after it would undo this, and the two would be tried in turn for ever
        self._processor.gave_up(feed.first_offset, error)

    def _send(self, feed: Feed, output: "Output", last_offset: int) -> bool:
        """Hand what `feed` made, up to `last_offset`, to the sink; False where that goes on with smaller feeds."""
        skip = [last_offset <= mark for mark in self._ahead]
        self._processor.slow |= self._guest.took_s > _SLOW_S
        try:
            self._sink.send(output, skip)
        except RecordRefused as error:
            self._suspicion.narrow(feed.first_offset, last_offset, feed.records, error)
            self._again_from(feed.first_offset, error)
            return False
        self._sent = feed
        self._moved(last_offset, feed.size)
        counters, stats = self._counters, output.stats
        counters.records_in += stats.records_in
        counters.records_out += stats.records_out
        counters.fuel += stats.fuel_used
        counters.bytes_in += feed.size
        counters.feeds += 1
        for index, batches in enumerate(output.plain):
            if not skip[index]:
                counters.bytes_out[index] += len(batches)
        return True

    # Progress.

    def _moved(self, position: int, size: int) -> None:
        if self._position == self._committed:
            self._began, self._bytes = time.monotonic(), 0
        self._position = position
        self._bytes += size

    def _due(self) -> bool:
        if not self._transform.exactly_once:
            return False
        return time.monotonic() - self._began >= TRANSACTION_S or self._bytes >= TRANSACTION_BYTES

    def _finish(self) -> None:
        """Bring what was sent to its end: acknowledged, and exactly once committed."""
        self._settle()
        if self._transform.exactly_once:
            self._commit()

    def _settle(self) -> None:
        """Wait for the answers to what was sent; note the progress of the outputs that have all of theirs."""
        position = self._position
        if position <= self._settled:
            return
        self._settled = position  # once, whatever comes of it
        failed = self._sink.settle()
        if not self._transform.exactly_once:
            self._note(position, failed)
        if failed:
            self._refused(failed)

    def _refused(self, failed: Mapping[int, RpkpyError]) -> None:
        if isinstance(failed.get(DEAD_LETTER), RecordRefused):
            raise dead_letters.undeliverable(self._transform, failed[DEAD_LETTER])
        error = next((error for error in failed.values() if not isinstance(error, RecordRefused)), None)
        if error is not None:
            raise error
        feed, error = self._sent, next(iter(failed.values()))
        assert feed is not None  # noqa: S101
        self._suspicion.narrow(feed.first_offset, feed.last_offset, feed.records, error)
        if self._for_ever and self._suspicion.attempts:
            raise error
        raise TryAgain(words(error)) from error

    def _commit(self) -> None:
        """End the transaction with all that was sent before."""
        self._settle()
        if self._position > self._committed:
            metadata = commits.encode(self._topic.id, [self._position] * len(self._ahead))
            self._sink.commit(self._position, metadata)
            self._committed = self._position
            self._note(self._position, {})

    def _note(self, offset: int, failed: Mapping[int, RpkpyError]) -> None:
        processor = self._processor
        self._counters.commits += 1
        for index, ahead in enumerate(self._ahead):
            if index not in failed and DEAD_LETTER not in failed:
                place = Place(self._transform.uuid, processor.partition, index)
                mark = Mark(max(offset, ahead), self._topic.id)
                processor.around.progress.advance(place, mark, written=self._transform.exactly_once)
        end = self._source.end()
        processor.lag = max(0, end - 1 - offset) if end is not None else 0
