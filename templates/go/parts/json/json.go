package main

import (
	"strings"
	"unicode/utf8"
)

// This file reads JSON without changing it: what is taken out of a text is a part of it, as it was written. A number of
// thirty digits stays one, order and duplicate keys stay. It takes no reflection, so modules stay small.

const (
	maxDepth   = 128 // arrays and objects inside each other
	jsonSpaces = " \t\n\r"
)

// parseJSON returns the value's text without spaces around it, or "" when it is not JSON.
func parseJSON(value []byte) string {
	text := strings.Trim(string(value), jsonSpaces)
	c := checker{text, 0}
	if !utf8.ValidString(text) || !c.value() || c.at != len(text) {
		return ""
	}
	return text
}

// parseObject returns the value's text without spaces around it, or "" when it is not a JSON object.
func parseObject(value []byte) string {
	if text := parseJSON(value); strings.HasPrefix(text, "{") {
		return text
	}
	return ""
}

// kind returns "object", "array", "string", "number", "boolean" or "null".
func kind(value string) string {
	switch value[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// get returns the member that a path ("address.city") leads to, as it is written, or "". Of duplicate keys the last one
// counts.
func get(value, path string) string {
	for _, name := range strings.Split(path, ".") {
		if !strings.HasPrefix(value, "{") {
			return ""
		}
		members := value
		value = ""
		for _, member := range items(members) {
			if textOf(member.key) == name {
				value = member.value
			}
		}
	}
	return value
}

// item is a member of an object, its key with its quotes, or an element of an array, with the key "".
type item struct{ key, value string }

// items returns what is in an object or array, values as they are written.
func items(container string) []item {
	var found []item
	isObject := container[0] == '{'
	left := container[1:]
	for {
		left = strings.TrimLeft(left, jsonSpaces)
		left = strings.TrimLeft(strings.TrimPrefix(left, ","), jsonSpaces)
		if len(left) <= 1 { // the closing bracket
			return found
		}
		var next item
		if isObject {
			next.key = left[:stringLen(left)]
			left = strings.TrimLeft(left[len(next.key):], jsonSpaces)
			left = strings.TrimLeft(left[1:], jsonSpaces) // behind the colon
		}
		next.value = left[:valueLen(left)]
		left = left[len(next.value):]
		found = append(found, next)
	}
}

// textOf returns the text that a string stands for; any other value as it is written.
func textOf(value string) string {
	if value[0] != '"' {
		return value
	}
	left := value[1 : len(value)-1]
	if strings.IndexByte(left, '\\') < 0 {
		return left
	}
	text := make([]byte, 0, len(left))
	for {
		escape := strings.IndexByte(left, '\\')
		if escape < 0 {
			return string(append(text, left...))
		}
		text = append(text, left[:escape]...)
		letter := left[escape+1]
		left = left[escape+2:]
		if letter != 'u' {
			if at := strings.IndexByte("bfnrt", letter); at >= 0 {
				letter = "\b\f\n\r\t"[at]
			}
			text = append(text, letter)
			continue
		}
		code, _ := hex4(left)
		left = left[4:]
		if code&^0x3ff == 0xd800 && strings.HasPrefix(left, `\u`) {
			if low, _ := hex4(left[2:]); low&^0x3ff == 0xdc00 {
				code = 0x10000 + (code-0xd800)<<10 + (low - 0xdc00)
				left = left[6:]
			}
		}
		text = utf8.AppendRune(text, code) // a lone surrogate becomes U+FFFD
	}
}

// quote returns the text as a JSON string.
func quote(text string) string {
	quoted := make([]byte, 0, len(text)+2)
	quoted = append(quoted, '"')
	for i := 0; i < len(text); i++ {
		c := text[i]
		if at := strings.IndexByte("\"\\\b\f\n\r\t", c); at >= 0 {
			quoted = append(quoted, '\\', `"\bfnrt`[at])
		} else if c < 0x20 {
			quoted = append(quoted, '\\', 'u', '0', '0', '0'+c>>4, "0123456789abcdef"[c&0xf])
		} else {
			quoted = append(quoted, c)
		}
	}
	return string(append(quoted, '"'))
}

// hex4 reads four hexadecimal digits.
func hex4(text string) (code rune, ok bool) {
	if len(text) < 4 {
		return 0, false
	}
	for i := 0; i < 4; i++ {
		at := strings.IndexByte("0123456789abcdefABCDEF", text[i])
		if at < 0 {
			return 0, false
		}
		if at > 15 {
			at -= 6
		}
		code = code<<4 | rune(at)
	}
	return code, true
}

// stringLen returns how long the string is that a valid text starts with.
func stringLen(text string) int {
	at := 1
	for text[at] != '"' {
		if text[at] == '\\' {
			at++
		}
		at++
	}
	return at + 1
}

// valueLen returns how long the value is that a valid text starts with.
func valueLen(text string) int {
	at, depth := 0, 0
	for {
		switch text[at] {
		case '"':
			at += stringLen(text[at:])
		case '{', '[':
			depth++
			at++
		case '}', ']':
			depth--
			at++
		default:
			if depth == 0 {
				if end := strings.IndexAny(text, ",]} \t\n\r"); end >= 0 {
					return end
				}
				return len(text)
			}
			at++
		}
		if depth == 0 {
			return at
		}
	}
}

// checker walks over a text that may be JSON. Its methods return false where it is not.
type checker struct {
	text string
	at   int
}

// value walks one whole value, without recursion.
func (c *checker) value() bool {
	var closers [maxDepth]byte // what ends each open array or object
	depth := 0
	for {
		c.spaces()
		opened := false
		switch first := c.peek(); first {
		case '{', '[':
			if depth == maxDepth {
				return false
			}
			c.at++
			closers[depth] = first + 2 // in ASCII, ']' and '}' lie two behind '[' and '{'
			depth++
			c.spaces()
			opened = c.peek() != first+2
		case '"':
			if !c.str() {
				return false
			}
		default:
			if !c.scalar() {
				return false
			}
		}
		for !opened { // behind a value: a comma, or the ends of what is around it
			if depth == 0 {
				return true
			}
			c.spaces()
			if opened = c.accept(','); !opened {
				if !c.accept(closers[depth-1]) {
					return false
				}
				depth--
			}
		}
		if closers[depth-1] == '}' {
			c.spaces()
			if !c.str() {
				return false
			}
			c.spaces()
			if !c.accept(':') {
				return false
			}
		}
	}
}

// peek returns the byte here, or 0, which is part of no token, at the end.
func (c *checker) peek() byte {
	if c.at < len(c.text) {
		return c.text[c.at]
	}
	return 0
}

func (c *checker) accept(b byte) bool {
	if c.peek() != b {
		return false
	}
	c.at++
	return true
}

func (c *checker) spaces() {
	for c.accept(' ') || c.accept('\t') || c.accept('\n') || c.accept('\r') {
	}
}

func (c *checker) str() bool {
	if !c.accept('"') {
		return false
	}
	for c.at < len(c.text) {
		b := c.text[c.at]
		c.at++
		switch {
		case b == '"':
			return true
		case b < 0x20:
			return false
		case b == '\\':
			letter := c.peek()
			c.at++
			if letter == 'u' {
				if _, ok := hex4(c.text[c.at:]); !ok {
					return false
				}
				c.at += 4
			} else if letter == 0 || strings.IndexByte(`"\/bfnrt`, letter) < 0 {
				return false
			}
		}
	}
	return false
}

// scalar walks a number, true, false or null.
func (c *checker) scalar() bool {
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(c.text[c.at:], word) {
			c.at += len(word)
			return true
		}
	}
	c.accept('-')
	if !c.accept('0') && !c.digits() {
		return false
	}
	if c.accept('.') && !c.digits() {
		return false
	}
	if c.accept('e') || c.accept('E') {
		if !c.accept('+') {
			c.accept('-')
		}
		return c.digits()
	}
	return true
}

// digits walks one digit or more.
func (c *checker) digits() bool {
	start := c.at
	for b := c.peek(); '0' <= b && b <= '9'; b = c.peek() {
		c.at++
	}
	return c.at > start
}
