"""Masks fields of a JSON text, leaving every other byte as it is.

Nothing here is of transforms: try it with any Python, as in `python -c "import mask; print(mask.mask(b'{}', ['a']))"`.
"""

import json

MAX_DEPTH = 128  # arrays and objects inside each other
KEEP = 4  # characters of a string that are left
KEEP_ABOVE = 8  # strings of up to so many characters keep none

QUOTE, BACKSLASH, COMMA, COLON = 0x22, 0x5C, 0x2C, 0x3A
BRACE, BRACE_END, BRACKET, BRACKET_END = 0x7B, 0x7D, 0x5B, 0x5D
SIMPLE_ESCAPES = b'"\\/bfnrt'
HEX = b"0123456789abcdefABCDEF"
WORDS = (b"true", b"false", b"null")


class NotJson(ValueError):
    """The text is not JSON (RFC 8259)."""


def parse_fields(names):
    """The names in "email, phone": split at commas, spaces and tabs around a name dropped, empty names too."""
    return [name for name in (part.strip(" \t") for part in names.split(",")) if name]


def mask(text, names):
    """The bytes `text` with the value of each member whose key is in `names` masked, at any depth; NotJson."""
    try:
        text.decode()
        return _mask(text, names)
    except (UnicodeError, IndexError):  # wrong UTF-8; the text ends too early
        raise NotJson


def _mask(text, names):
    done = []
    copied = 0  # how much of the text `done` covers
    closers = []  # of the arrays and objects around
    masked_at = masked_depth = -1  # where the value being masked starts, and how deep it lies

    def after_key(at):
        """Reads the key at `at`. Where its value starts, and whether that is to be masked."""
        if text[at] != QUOTE:
            raise NotJson
        end = _string_end(text, at + 1)
        key = text[at : end + 1]
        at = _skip_spaces(text, end + 1)
        if text[at] != COLON:
            raise NotJson
        return _skip_spaces(text, at + 1), masked_at < 0 and json.loads(key) in names

    at = _skip_spaces(text, 0)
    while True:
        first = text[at]
        if first == BRACE or first == BRACKET:
            if len(closers) == MAX_DEPTH:
                raise NotJson
            closers.append(BRACE_END if first == BRACE else BRACKET_END)
            at = _skip_spaces(text, at + 1)
            if text[at] != closers[-1]:
                if first == BRACE:
                    at, matches = after_key(at)
                    if matches:
                        masked_at, masked_depth = at, len(closers)
                continue
        elif first == QUOTE:
            at = _string_end(text, at + 1) + 1
        else:
            at = _scalar_end(text, at)
        # a value ends here, or an empty array or object is about to
        while True:
            if masked_at >= 0 and len(closers) == masked_depth:
                done.append(text[copied:masked_at])
                done.append(_masked(text[masked_at:at]))
                copied, masked_at = at, -1
            at = _skip_spaces(text, at)
            if not closers:
                if at != len(text):
                    raise NotJson
                done.append(text[copied:])
                return b"".join(done)
            if text[at] == closers[-1]:
                closers.pop()
                at += 1
            elif text[at] == COMMA:
                at = _skip_spaces(text, at + 1)
                if closers[-1] == BRACE_END:
                    at, matches = after_key(at)
                    if matches:
                        masked_at, masked_depth = at, len(closers)
                break
            else:
                raise NotJson


def _masked(value):
    """What the value is replaced by: a longer string keeps its last characters, as they are written."""
    if value[0] == QUOTE:
        starts = []
        at = 1
        while at < len(value) - 1:
            starts.append(at)
            at = _character_end(value, at)
        if len(starts) > KEEP_ABOVE:
            return b'"****' + value[starts[-KEEP] :]
    return b'"****"'


def _skip_spaces(text, at):
    while at < len(text) and text[at] in b" \t\n\r":
        at += 1
    return at


def _string_end(text, at):
    """Where the string that starts behind a quote at `at` has its other quote."""
    start = at
    while True:
        end = text.find(b'"', at)
        if end < 0:
            raise NotJson
        escape = text.find(b"\\", at, end)
        if escape < 0:
            break
        at = _escape_end(text, escape)
    if end > start and min(text[start:end]) < 0x20:
        raise NotJson
    return end


def _escape_end(text, at):
    kind = text[at + 1]
    if kind in SIMPLE_ESCAPES:
        return at + 2
    if kind != 0x75 or not all(text[at + n] in HEX for n in range(2, 6)):
        raise NotJson
    return at + 6


def _character_end(text, at):
    """Where the character at `at` ends; a surrogate pair is one."""
    if text[at] == BACKSLASH:
        end = _escape_end(text, at)
        if end == at + 6 and 0xD800 <= int(text[at + 2 : end], 16) < 0xDC00 and text[end : end + 2] == b"\\u":
            if 0xDC00 <= int(text[end + 2 : end + 6], 16) < 0xE000:
                return end + 6
        return end
    at += 1
    while text[at] & 0xC0 == 0x80:
        at += 1
    return at


def _scalar_end(text, at):
    for word in WORDS:
        if text.startswith(word, at):
            return at + len(word)
    if text[at] == 0x2D:  # -
        at += 1
    at = at + 1 if text[at] == 0x30 else _digits_end(text, at)
    if text[at : at + 1] == b".":
        at = _digits_end(text, at + 1)
    if text[at : at + 1] in (b"e", b"E"):
        at += 2 if text[at + 1] in b"+-" else 1
        at = _digits_end(text, at)
    return at


def _digits_end(text, at):
    start = at
    while at < len(text) and 0x30 <= text[at] <= 0x39:
        at += 1
    if at == start:
        raise NotJson
    return at
