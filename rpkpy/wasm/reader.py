"""A cursor over the bytes of a WebAssembly binary that fails in one way only: MalformedModule with a byte offset.

Encodings: WebAssembly core specification 2.0, chapter 5 (binary format). Integers are LEB128, names are length-prefixed
UTF-8, vectors are a count and their entries.
"""

from typing import Literal

from rpkpy.errors import InvalidError

Flaw = Literal["empty", "foreign", "component", "version", "truncated", "malformed", "engine"]

# No longer vector is read: it bounds the work, and is several times what brokers accept (rpkpy.wasm.deploy_rules).
MAX_ENTRIES = 100_000


class MalformedModule(InvalidError):
    """Bytes that are not a WebAssembly core module.

    `offset` is where reading failed, in bytes from the start of the file. `flaw` says what kind of thing it is:
    `empty`; `foreign` (another kind of file); `component`; `version` (a core module of another version); `truncated`
    (the file ends too early); `malformed`; `engine` (what a broker's deploy check does not compare, so that only its
    engine refuses the module).
    """

    def __init__(self, problem: str, offset: int, *, flaw: Flaw = "malformed", fix: str | None = None) -> None:
        super().__init__(f"Not a valid WebAssembly module: {problem} (byte {offset}).", fix=fix)
        self.problem = problem
        self.offset = offset
        self.flaw = flaw


class Reader:
    """Reads `data[start:end]`; `place` names that range in errors (`the import section`).

    Each method raises MalformedModule when the range ends too early or the bytes break the format.
    """

    __slots__ = ("data", "end", "place", "pos")

    def __init__(self, data: bytes, start: int, end: int, place: str) -> None:
        self.data = data
        self.pos = start
        self.end = end
        self.place = place

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return self.end - self.pos

    def fail(self, problem: str, offset: int | None = None, *, flaw: Flaw = "malformed") -> MalformedModule:
        """The error for `problem` in this range, at `offset` or where the cursor stands."""
        return MalformedModule(f"{problem} in {self.place}", self.pos if offset is None else offset, flaw=flaw)

    def byte(self, what: str) -> int:
        """The next byte."""
        if self.pos >= self.end:
            raise self._short(what)
        value = self.data[self.pos]
        self.pos += 1
        return value

    def take(self, count: int, what: str) -> bytes:
        """The next `count` bytes."""
        start = self.pos
        self.skip(count, what)
        return self.data[start : self.pos]

    def skip(self, count: int, what: str) -> None:
        """Pass over `count` bytes."""
        if count > self.end - self.pos:
            raise self._short(what)
        self.pos += count

    def u32(self, what: str) -> int:
        """An unsigned LEB128 of at most 32 bits."""
        return self._unsigned(what, 32)

    def u64(self, what: str) -> int:
        """An unsigned LEB128 of at most 64 bits."""
        return self._unsigned(what, 64)

    def signed(self, bits: int, what: str) -> int:
        """A signed LEB128 of at most as many bytes as `bits` bits take."""
        start = self.pos
        value = 0
        for shift in range(0, bits, 7):
            byte = self.byte(what)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value - ((byte & 0x40) << shift + 1)
        raise self.fail(f"{what} is longer than {bits} bits", start)

    def name(self, what: str) -> str:
        """A length-prefixed UTF-8 string."""
        length = self.u32(f"the length of {what}")
        start = self.pos
        try:
            return self.take(length, what).decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.fail(f"{what} is not UTF-8", start + error.start) from None

    def count(self, what: str, smallest: int) -> int:
        """The length of a vector of `what`, each entry of at least `smallest` bytes."""
        start = self.pos
        count = self.u32(f"the number of {what}")
        if count > MAX_ENTRIES:
            raise self.fail(f"{count} {what} (at most {MAX_ENTRIES} are read)", start)
        if count * smallest > self.left:
            raise self.fail(f"{count} {what} are announced but only {self.left} bytes follow", start)
        return count

    def _unsigned(self, what: str, bits: int) -> int:
        start = self.pos
        value = shift = 0
        while shift < bits:
            byte = self.byte(what)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value >> bits:
                    break
                return value
            shift += 7
        raise self.fail(f"{what} is longer than {bits} bits", start)

    def _short(self, what: str) -> MalformedModule:
        at_end = self.end >= len(self.data)
        problem = f"{'the file' if at_end else self.place} ends inside {what}"
        return MalformedModule(problem, self.end, flaw="truncated" if at_end else "malformed")
