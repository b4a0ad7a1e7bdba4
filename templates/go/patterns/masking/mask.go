package main

import "unicode/utf8"

const (
	maskText  = "****"
	keepChars = 4   // of a masked string, its last characters are kept
	hideChars = 8   // but none of a string of at most so many
	maxDepth  = 128 // arrays and objects inside each other
)

// masker masks the values of some fields in JSON texts. It walks the text once, byte by byte and without recursion, and
// copies what lies between masked values as it is.
type masker struct {
	fields map[string]bool

	src    []byte
	pos    int
	out    []byte // the result so far; its memory is used again for the next text
	copied int    // src before this position is in out
	key    []byte // memory for decoding a key that has escapes
}

func newMasker(fields []string) *masker {
	m := &masker{fields: make(map[string]bool, len(fields))}
	for _, field := range fields {
		m.fields[field] = true
	}
	return m
}

// mask returns text with its fields masked, or ok false when text is not JSON. The result is text itself when no field
// matched, and is otherwise valid until the next call.
func (m *masker) mask(text []byte) (masked []byte, ok bool) {
	m.src, m.pos, m.out, m.copied = text, 0, m.out[:0], 0
	if !utf8.Valid(text) || !m.document() {
		return nil, false
	}
	if m.copied == 0 {
		return text, true
	}
	m.out = append(m.out, text[m.copied:]...)
	return m.out, true
}

// document walks the whole text: one value and nothing behind it.
func (m *masker) document() bool {
	var closers [maxDepth]byte // what ends each open array or object
	depth := 0
	matched := false // the value that comes next belongs to a field
	hidden := 0      // the depth of the array or object that is masked as a whole; 0 outside of one
	hiddenStart := 0

	for {
		// A value.
		m.space()
		start := m.pos
		opened := false
		switch c := m.peek(); c {
		case '{', '[':
			if depth == maxDepth {
				return false
			}
			m.pos++
			closers[depth] = c + 2 // in ASCII, ']' and '}' lie two behind '[' and '{'
			depth++
			if matched {
				hidden, hiddenStart = depth, start
			}
			m.space()
			opened = m.peek() != closers[depth-1]
		case '"':
			if !m.str() {
				return false
			}
			if matched {
				m.replace(start, m.pos, tail(m.src[start+1:m.pos-1]))
			}
		default:
			if !m.scalar() {
				return false
			}
			if matched {
				m.replace(start, m.pos, nil)
			}
		}
		matched = false

		// What follows it: the ends of arrays and objects, up to a comma.
		for !opened {
			m.space()
			if depth == 0 {
				return m.pos == len(m.src)
			}
			switch m.peek() {
			case ',':
				m.pos++
				opened = true
			case closers[depth-1]:
				m.pos++
				if hidden == depth {
					m.replace(hiddenStart, m.pos, nil)
					hidden = 0
				}
				depth--
			default:
				return false
			}
		}

		// In an object, a key comes before the next value.
		if closers[depth-1] == '}' {
			m.space()
			start := m.pos
			if !m.str() {
				return false
			}
			matched = hidden == 0 && m.isField(m.src[start+1:m.pos-1])
			m.space()
			if m.peek() != ':' {
				return false
			}
			m.pos++
		}
	}
}

// replace puts a masked string in the place of src[start:end], with kept as its end.
func (m *masker) replace(start, end int, kept []byte) {
	if room := len(m.src) + len(m.src)/16 + 64; m.copied == 0 && cap(m.out) < room {
		m.out = make([]byte, 0, room) // once, not by growing step by step
	}
	m.out = append(m.out, m.src[m.copied:start]...)
	m.out = append(m.out, '"')
	m.out = append(m.out, maskText...)
	m.out = append(m.out, kept...)
	m.out = append(m.out, '"')
	m.copied = end
}

// peek returns the byte at pos, or 0, which is part of no token, at the end.
func (m *masker) peek() byte {
	if m.pos < len(m.src) {
		return m.src[m.pos]
	}
	return 0
}

func (m *masker) space() {
	for m.pos < len(m.src) {
		switch m.src[m.pos] {
		case ' ', '\t', '\n', '\r':
			m.pos++
		default:
			return
		}
	}
}

// str walks a string with its quotes.
func (m *masker) str() bool {
	if m.peek() != '"' {
		return false
	}
	for i := m.pos + 1; i < len(m.src); i++ {
		switch c := m.src[i]; {
		case c == '"':
			m.pos = i + 1
			return true
		case c < 0x20:
			return false
		case c == '\\':
			i++
			if i == len(m.src) {
				return false
			}
			switch m.src[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if _, ok := hex4(m.src[i+1:]); !ok {
					return false
				}
				i += 4
			default:
				return false
			}
		}
	}
	return false
}

// scalar walks a number, true, false or null.
func (m *masker) scalar() bool {
	for _, word := range [...]string{"true", "false", "null"} {
		if m.peek() == word[0] {
			end := m.pos + len(word)
			if end > len(m.src) || string(m.src[m.pos:end]) != word {
				return false
			}
			m.pos = end
			return true
		}
	}
	if m.peek() == '-' {
		m.pos++
	}
	if m.peek() == '0' {
		m.pos++
	} else if !m.digits() {
		return false
	}
	if m.peek() == '.' {
		m.pos++
		if !m.digits() {
			return false
		}
	}
	if c := m.peek(); c == 'e' || c == 'E' {
		m.pos++
		if c := m.peek(); c == '+' || c == '-' {
			m.pos++
		}
		return m.digits()
	}
	return true
}

// digits walks one digit or more.
func (m *masker) digits() bool {
	start := m.pos
	for c := m.peek(); '0' <= c && c <= '9'; c = m.peek() {
		m.pos++
	}
	return m.pos > start
}

// isField says whether a key, as it is written between its quotes, is the name of a field.
func (m *masker) isField(raw []byte) bool {
	for i, c := range raw {
		if c == '\\' {
			key, ok := unescape(append(m.key[:0], raw[:i]...), raw[i:])
			m.key = key
			return ok && m.fields[string(key)]
		}
	}
	return m.fields[string(raw)]
}

// unescape appends the text of a valid JSON string's inside to out; ok is false when it has a lone surrogate.
func unescape(out, raw []byte) (text []byte, ok bool) {
	for len(raw) > 0 {
		n := charLen(raw)
		if raw[0] != '\\' {
			out = append(out, raw[:n]...)
		} else if raw[1] != 'u' {
			out = append(out, unescaped(raw[1]))
		} else {
			r, _ := hex4(raw[2:])
			if n == 12 {
				low, _ := hex4(raw[8:])
				r = (r-0xd800)<<10 | (low - 0xdc00) + 0x10000
			} else if isSurrogate(r, 0xd800) || isSurrogate(r, 0xdc00) {
				return out, false
			}
			out = utf8.AppendRune(out, r)
		}
		raw = raw[n:]
	}
	return out, true
}

func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// tail returns the last characters of a valid JSON string's inside as they are written, or nothing of a short string.
func tail(raw []byte) []byte {
	var starts [keepChars]int // where the last characters start
	count := 0
	for i := 0; i < len(raw); i += charLen(raw[i:]) {
		starts[count%keepChars] = i
		count++
	}
	if count <= hideChars {
		return nil
	}
	return raw[starts[count%keepChars]:]
}

// charLen returns how many bytes the first character of a valid JSON string's inside takes: UTF-8, an escape, or two
// escapes that are a surrogate pair.
func charLen(raw []byte) int {
	switch c := raw[0]; {
	case c == '\\':
		if raw[1] != 'u' {
			return 2
		}
		if high, _ := hex4(raw[2:]); isSurrogate(high, 0xd800) && len(raw) >= 12 && raw[6] == '\\' && raw[7] == 'u' {
			if low, _ := hex4(raw[8:]); isSurrogate(low, 0xdc00) {
				return 12
			}
		}
		return 6
	case c < 0x80:
		return 1
	case c < 0xe0:
		return 2
	case c < 0xf0:
		return 3
	}
	return 4
}

// isSurrogate says whether r is one of the 1024 surrogates from first on.
func isSurrogate(r, first rune) bool { return r&^0x3ff == first }

// hex4 reads four hexadecimal digits.
func hex4(raw []byte) (r rune, ok bool) {
	if len(raw) < 4 {
		return 0, false
	}
	for _, c := range raw[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
