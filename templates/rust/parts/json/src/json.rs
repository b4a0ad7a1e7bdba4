//! Reads JSON without changing it: what is taken out of a text is a part of it, as it was written.
#![allow(dead_code)] // a pattern needs some of it

use std::borrow::Cow;

/// Arrays and objects inside each other.
const MAX_DEPTH: usize = 128;
const SPACES: [char; 4] = [' ', '\t', '\n', '\r'];

/// The value's text without spaces around it, or `None` when it is not JSON.
pub fn parse(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?.trim_matches(SPACES);
    let mut check = Checker { text: text.as_bytes(), at: 0 };
    check.value()?;
    (check.at == text.len()).then_some(text)
}

/// The same, but `None` unless it is an object.
pub fn parse_object(value: &[u8]) -> Option<&str> {
    parse(value).filter(|text| text.starts_with('{'))
}

/// "object", "array", "string", "number", "boolean" or "null".
pub fn kind(value: &str) -> &'static str {
    match value.as_bytes()[0] {
        b'{' => "object",
        b'[' => "array",
        b'"' => "string",
        b't' | b'f' => "boolean",
        b'n' => "null",
        _ => "number",
    }
}

/// The member that a path ("address.city") leads to, as it is written. Of duplicate keys the last one counts.
pub fn get<'a>(value: &'a str, path: &str) -> Option<&'a str> {
    path.split('.').try_fold(value, |value, name| {
        let members = if value.starts_with('{') { items(value) } else { return None };
        members.filter(|(key, _)| text(key) == name).last().map(|(_, member)| member)
    })
}

/// What is in an object or array: keys with their quotes ("" in an array) and values as they are written.
pub fn items(container: &str) -> Items<'_> {
    Items { left: &container[1..], is_object: container.starts_with('{') }
}

pub struct Items<'a> {
    left: &'a str,
    is_object: bool,
}

impl<'a> Iterator for Items<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        let left = self.left.trim_start_matches(SPACES);
        let mut left = left.strip_prefix(',').unwrap_or(left).trim_start_matches(SPACES);
        if left.len() <= 1 {
            return None; // the closing bracket
        }
        let mut key = "";
        if self.is_object {
            (key, left) = left.split_at(string_len(left));
            left = left.trim_start_matches(SPACES)[1..].trim_start_matches(SPACES); // behind the colon
        }
        let (value, left) = left.split_at(value_len(left));
        self.left = left;
        Some((key, value))
    }
}

/// The text that a string stands for; any other value as it is written.
pub fn text(value: &str) -> Cow<'_, str> {
    let Some(inside) = value.strip_prefix('"') else { return value.into() };
    let mut left = &inside[..inside.len() - 1];
    if !left.contains('\\') {
        return left.into();
    }
    let mut text = String::with_capacity(left.len());
    while let Some(escape) = left.find('\\') {
        text.push_str(&left[..escape]);
        left = &left[escape + 1..];
        let (letter, rest) = left.split_at(1);
        left = rest;
        match letter {
            "b" => text.push('\u{8}'),
            "f" => text.push('\u{c}'),
            "n" => text.push('\n'),
            "r" => text.push('\r'),
            "t" => text.push('\t'),
            "u" => {
                let mut code = hex4(left).unwrap_or(0);
                left = &left[4..];
                if let (0xd800..=0xdbff, Some(low)) = (code, left.strip_prefix("\\u").and_then(hex4)) {
                    if let 0xdc00..=0xdfff = low {
                        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                        left = &left[6..];
                    }
                }
                text.push(char::from_u32(code).unwrap_or('\u{fffd}')); // a lone surrogate is no character
            }
            itself => text.push_str(itself),
        }
    }
    text.push_str(left);
    text.into()
}

/// The text as a JSON string.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\0'..='\x1f' => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Four hexadecimal digits.
fn hex4(text: &str) -> Option<u32> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

/// How long the string is that a valid text starts with.
fn string_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// How long the value is that a valid text starts with.
fn value_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 0;
    let mut at = 0;
    loop {
        match bytes[at] {
            b'"' => at += string_len(&text[at..]),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth -= 1;
                at += 1;
            }
            _ if depth == 0 => return text.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(text.len()),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
}

/// Walks over a text that may be JSON. Its methods return `None` where it is not.
struct Checker<'a> {
    text: &'a [u8],
    at: usize,
}

impl Checker<'_> {
    /// One whole value, without recursion.
    fn value(&mut self) -> Option<()> {
        let mut closers = [0u8; MAX_DEPTH]; // what ends each open array or object
        let mut depth = 0;
        loop {
            self.spaces();
            let mut opened = false;
            match self.peek() {
                open @ (b'{' | b'[') => {
                    self.at += 1;
                    *closers.get_mut(depth)? = open + 2; // in ASCII, ']' and '}' lie two behind '[' and '{'
                    depth += 1;
                    self.spaces();
                    opened = self.peek() != open + 2;
                }
                b'"' => self.string()?,
                _ => self.scalar()?,
            }
            while !opened {
                if depth == 0 {
                    return Some(());
                }
                self.spaces();
                opened = self.expect(b',').is_some();
                if !opened {
                    self.expect(closers[depth - 1])?;
                    depth -= 1;
                }
            }
            if closers[depth - 1] == b'}' {
                self.spaces();
                self.string()?;
                self.spaces();
                self.expect(b':')?;
            }
        }
    }

    /// The byte here, or 0, which is part of no token, at the end.
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek() == byte).then(|| self.at += 1)
    }

    fn spaces(&mut self) {
        while let b' ' | b'\t' | b'\n' | b'\r' = self.peek() {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Option<()> {
        self.expect(b'"')?;
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => return Some(()),
                0..=0x1f => return None,
                b'\\' => {
                    match self.peek() {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            let digits = self.text.get(self.at + 1..self.at + 5)?;
                            digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                            self.at += 4;
                        }
                        _ => return None,
                    }
                    self.at += 1;
                }
                _ => {}
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Option<()> {
        for word in [b"true".as_slice(), b"false", b"null"] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Some(());
            }
        }
        let _ = self.expect(b'-');
        if self.expect(b'0').is_none() {
            self.digits()?;
        }
        if self.expect(b'.').is_some() {
            self.digits()?;
        }
        if let b'e' | b'E' = self.peek() {
            self.at += 1;
            if let b'+' | b'-' = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}
