"""Reads JSON without changing it: what is taken out of a text is bytes, as they were written.

MicroPython's json takes what is not JSON and writes numbers anew; this does neither. It runs in any Python.
"""

MAX_DEPTH = 128  # arrays and objects inside each other

QUOTE, BACKSLASH, COMMA, COLON = 0x22, 0x5C, 0x2C, 0x3A
BRACE, BRACE_END, BRACKET, BRACKET_END = 0x7B, 0x7D, 0x5B, 0x5D
SPACES = b" \t\n\r"
HEX = b"0123456789abcdefABCDEF"
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
WORDS = (b"true", b"false", b"null")
KINDS = {BRACE: "object", BRACKET: "array", QUOTE: "string", 0x74: "boolean", 0x66: "boolean", 0x6E: "null"}


def parse(value):
    """The value without spaces around it, or None when it is not JSON (or None)."""
    if value is None:
        return None
    try:
        value.decode()
        _check(value)
        return value.strip(SPACES)
    except (ValueError, IndexError):  # also wrong UTF-8; the text ends too early
        return None


def parse_object(value):
    """The value without spaces around it, or None when it is not a JSON object."""
    found = parse(value)
    return found if found and found[0] == BRACE else None


def get(value, path):
    """The member that a path ("address.city") leads to, as it is written, or None. Of duplicate keys the last counts."""
    for name in path.split("."):
        if not value or value[0] != BRACE:
            return None
        object, value = value, None
        for key, member in items(object):
            if text(key) == name:
                value = member
    return value


def items(container):
    """What is in an object or array: pairs of a key (with its quotes; b"" in an array) and a value, as they are written."""
    found = []
    at = _skip_spaces(container, 1)
    while at < len(container) - 1:
        key = b""
        if container[0] == BRACE:
            end = _string_end(container, at)
            key = container[at:end]
            at = _skip_spaces(container, _skip_spaces(container, end) + 1)  # behind the colon
        end = _value_end(container, at)
        found.append((key, container[at:end]))
        at = _skip_spaces(container, _skip_spaces(container, end) + 1)  # behind the comma
    return found


def text(value):
    """The str that a string stands for; any other value as it is written."""
    if value[0] != QUOTE:
        return value.decode()
    first, *others = value[1:-1].decode().split("\\")
    done = [first]
    high = 0  # of a surrogate pair
    after_escape = True
    for part in others:
        if not after_escape:  # this follows an escaped backslash
            done.append(part)
            after_escape = True
        elif not part:
            done.append("\\")
            high, after_escape = 0, False
        elif part[0] != "u":
            done.append(ESCAPES.get(part[0], part[0]) + part[1:])
            high = 0
        else:
            code = int(part[1:5], 16)
            if high and 0xDC00 <= code < 0xE000:
                done[-1] = chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)) + part[5:]
                high = 0
                continue
            done.append(("\ufffd" if 0xD800 <= code < 0xE000 else chr(code)) + part[5:])
            high = code if 0xD800 <= code < 0xDC00 and len(part) == 5 else 0
    return "".join(done)


def quote(text):
    """The str as a JSON string, in bytes."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    for letter, meaning in ESCAPES.items():
        text = text.replace(meaning, "\\" + letter)
    if min(text + " ") < " ":
        text = "".join(c if c >= " " else "\\u%04x" % ord(c) for c in text)
    return ('"' + text + '"').encode()


def kind(value):
    """ "object", "array", "string", "number", "boolean" or "null"."""
    return KINDS.get(value[0], "number")


def _check(text):
    """Reads the text from end to end; ValueError or IndexError unless it is JSON (RFC 8259)."""
    closers = []  # of the arrays and objects around
    at = _skip_spaces(text, 0)
    while True:
        first = text[at]
        if first == BRACE or first == BRACKET:
            if len(closers) == MAX_DEPTH:
                raise ValueError
            closers.append(first + 2)  # in ASCII, ] and } lie two behind [ and {
            at = _skip_spaces(text, at + 1)
            if text[at] != closers[-1]:
                at = _check_key(text, at) if first == BRACE else at
                continue
        elif first == QUOTE:
            at = _check_string(text, at)
        else:
            at = _check_scalar(text, at)
        while True:  # a value ends here, or an empty array or object is about to
            at = _skip_spaces(text, at)
            if not closers:
                if at != len(text):
                    raise ValueError
                return
            if text[at] == closers[-1]:
                closers.pop()
                at += 1
            elif text[at] == COMMA:
                at = _skip_spaces(text, at + 1)
                at = _check_key(text, at) if closers[-1] == BRACE_END else at
                break
            else:
                raise ValueError


def _check_key(text, at):
    if text[at] != QUOTE:
        raise ValueError
    at = _skip_spaces(text, _check_string(text, at))
    if text[at] != COLON:
        raise ValueError
    return _skip_spaces(text, at + 1)


def _check_string(text, at):
    start = at = at + 1
    while True:
        end = text.find(b'"', at)
        if end < 0:
            raise ValueError
        escape = text.find(b"\\", at, end)
        if escape < 0:
            break
        at = escape + 2
        if text[escape + 1] == 0x75:  # u
            at = escape + 6
            if not all(text[n] in HEX for n in range(escape + 2, at)):
                raise ValueError
        elif text[escape + 1] not in b'"\\/bfnrt':
            raise ValueError
    if end > start and min(text[start:end]) < 0x20:
        raise ValueError
    return end + 1


def _check_scalar(text, at):
    for word in WORDS:
        if text.startswith(word, at):
            return at + len(word)
    if text[at] == 0x2D:  # -
        at += 1
    at = at + 1 if text[at] == 0x30 else _check_digits(text, at)
    if text[at : at + 1] == b".":
        at = _check_digits(text, at + 1)
    if text[at : at + 1] in (b"e", b"E"):
        at = _check_digits(text, at + 2 if text[at + 1] in b"+-" else at + 1)
    return at


def _check_digits(text, at):
    start = at
    while at < len(text) and 0x30 <= text[at] <= 0x39:
        at += 1
    if at == start:
        raise ValueError
    return at


# What follows takes JSON that was checked.


def _skip_spaces(text, at):
    while at < len(text) and text[at] in SPACES:
        at += 1
    return at


def _string_end(text, at):
    at += 1
    while True:
        end = text.find(b'"', at)
        escape = text.find(b"\\", at, end)
        if escape < 0:
            return end + 1
        at = escape + 2


def _value_end(text, at):
    if text[at] == QUOTE:
        return _string_end(text, at)
    depth = 0
    while True:
        byte = text[at]
        if byte == QUOTE:
            at = _string_end(text, at)
            continue
        if byte == BRACE or byte == BRACKET:
            depth += 1
        elif byte == BRACE_END or byte == BRACKET_END:
            if depth == 0:
                return at
            depth -= 1
            if depth == 0:
                return at + 1
        elif depth == 0 and (byte == COMMA or byte in SPACES):
            return at
        at += 1
