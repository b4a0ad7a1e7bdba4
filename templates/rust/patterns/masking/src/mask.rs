//! Masks the values of chosen fields in JSON texts, leaving every other byte as it is.

const MASK: &[u8] = b"****";
/// Of a masked string, so many of its last characters are kept,
const KEEP_CHARS: usize = 4;
/// but none of a string of at most so many.
const HIDE_CHARS: usize = 8;
/// Arrays and objects inside each other.
const MAX_DEPTH: usize = 128;

/// Masks the values of some fields. Its buffers are used again for each text.
pub struct Masker {
    /// Sorted.
    fields: Vec<Vec<u8>>,
    /// The last result.
    out: Vec<u8>,
    /// A key decoded from its escapes.
    key: Vec<u8>,
}

impl Masker {
    pub fn new(fields: Vec<String>) -> Self {
        let mut fields: Vec<_> = fields.into_iter().map(String::into_bytes).collect();
        fields.sort_unstable();
        Masker { fields, out: Vec::new(), key: Vec::new() }
    }

    /// Returns `text` with its fields masked, or `None` when it is not JSON.
    pub fn mask<'a>(&'a mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        std::str::from_utf8(text).ok()?;
        self.out.clear();
        let mut walk = Walk { masker: self, src: text, pos: 0, copied: 0 };
        walk.document()?;
        match walk.copied {
            0 => Some(text),
            copied => {
                self.out.extend_from_slice(&text[copied..]);
                Some(&self.out)
            }
        }
    }

    /// Whether a key, as it is written between its quotes, is the name of a field.
    fn is_field(&mut self, raw: &[u8]) -> bool {
        let key = if raw.contains(&b'\\') {
            self.key.clear();
            if unescape(raw, &mut self.key).is_none() {
                return false;
            }
            &self.key
        } else {
            raw
        };
        self.fields.binary_search_by(|field| field.as_slice().cmp(key)).is_ok()
    }
}

/// A walk over one text, byte by byte and without recursion. What lies between masked values is copied as it is.
/// Its methods return `None` where the text is not JSON.
struct Walk<'a> {
    masker: &'a mut Masker,
    src: &'a [u8],
    pos: usize,
    /// `src` before this position is in the result.
    copied: usize,
}

impl Walk<'_> {
    /// The whole text: one value and nothing behind it.
    fn document(&mut self) -> Option<()> {
        let mut closers = [0u8; MAX_DEPTH]; // what ends each open array or object
        let mut depth = 0;
        let mut matched = false; // the value that comes next belongs to a field
        let mut hidden = None; // depth and start of the array or object that is masked as a whole

        loop {
            // A value.
            self.space();
            let start = self.pos;
            let mut opened = false;
            match self.peek() {
                open @ (b'{' | b'[') => {
                    self.pos += 1;
                    *closers.get_mut(depth)? = open + 2; // in ASCII, ']' and '}' lie two behind '[' and '{'
                    depth += 1;
                    if matched {
                        hidden = Some((depth, start));
                    }
                    self.space();
                    opened = self.peek() != open + 2;
                }
                b'"' => {
                    self.string()?;
                    if matched {
                        self.replace(start, tail(&self.src[start + 1..self.pos - 1]));
                    }
                }
                _ => {
                    self.scalar()?;
                    if matched {
                        self.replace(start, b"");
                    }
                }
            }
            matched = false;

            // What follows it: the ends of arrays and objects, up to a comma.
            while !opened {
                self.space();
                if depth == 0 {
                    return (self.pos == self.src.len()).then_some(());
                }
                match self.peek() {
                    b',' => {
                        self.pos += 1;
                        opened = true;
                    }
                    closer if closer == closers[depth - 1] => {
                        self.pos += 1;
                        if let Some((_, start)) = hidden.filter(|&(at, _)| at == depth) {
                            self.replace(start, b"");
                            hidden = None;
                        }
                        depth -= 1;
                    }
                    _ => return None,
                }
            }

            // In an object, a key comes before the next value.
            if closers[depth - 1] == b'}' {
                self.space();
                let start = self.pos;
                self.string()?;
                matched = hidden.is_none() && self.masker.is_field(&self.src[start + 1..self.pos - 1]);
                self.space();
                self.expect(b':')?;
            }
        }
    }

    /// Puts a masked string, with `kept` as its end, in the place of what lies between `start` and here.
    fn replace(&mut self, start: usize, kept: &[u8]) {
        let out = &mut self.masker.out;
        if self.copied == 0 {
            // Once and with some room, for growing would hold the old and the new buffer in the little memory there is.
            out.reserve_exact(self.src.len() + self.src.len() / 16 + 64);
        }
        out.extend_from_slice(&self.src[self.copied..start]);
        out.push(b'"');
        out.extend_from_slice(MASK);
        out.extend_from_slice(kept);
        out.push(b'"');
        self.copied = self.pos;
    }

    /// The byte here, or 0, which is part of no token, at the end.
    fn peek(&self) -> u8 {
        self.src.get(self.pos).copied().unwrap_or(0)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek() == byte).then(|| self.pos += 1)
    }

    fn space(&mut self) {
        while let b' ' | b'\t' | b'\n' | b'\r' = self.peek() {
            self.pos += 1;
        }
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<()> {
        self.expect(b'"')?;
        loop {
            let byte = *self.src.get(self.pos)?;
            self.pos += 1;
            match byte {
                b'"' => return Some(()),
                0..=0x1f => return None,
                b'\\' => {
                    match self.peek() {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            hex4(self.src.get(self.pos + 1..self.pos + 5)?)?;
                            self.pos += 4;
                        }
                        _ => return None,
                    }
                    self.pos += 1;
                }
                _ => {}
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Option<()> {
        for word in [b"true".as_slice(), b"false", b"null"] {
            if self.src[self.pos..].starts_with(word) {
                self.pos += word.len();
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
            self.pos += 1;
            if let b'+' | b'-' = self.peek() {
                self.pos += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<()> {
        let start = self.pos;
        while self.peek().is_ascii_digit() {
            self.pos += 1;
        }
        (self.pos > start).then_some(())
    }
}

/// Appends the text of a valid JSON string's inside to `out`; `None` when it has a lone surrogate.
fn unescape(mut raw: &[u8], out: &mut Vec<u8>) -> Option<()> {
    while let Some(&first) = raw.first() {
        let (char, rest) = raw.split_at(char_len(raw));
        match (first, char.get(1)) {
            (b'\\', Some(b'u')) => {
                let code = match hex4(&char[2..6])? {
                    high if char.len() == 12 => ((high & 0x3ff) << 10 | hex4(&char[8..])? & 0x3ff) + 0x10000,
                    code => code,
                };
                let text = char::from_u32(code)?;
                out.extend_from_slice(text.encode_utf8(&mut [0; 4]).as_bytes());
            }
            (b'\\', Some(escape)) => out.push(match escape {
                b'b' => 0x08,
                b'f' => 0x0c,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                itself => *itself,
            }),
            _ => out.extend_from_slice(char),
        }
        raw = rest;
    }
    Some(())
}

/// The last characters of a valid JSON string's inside as they are written, or nothing of a short string.
fn tail(raw: &[u8]) -> &[u8] {
    let mut starts = [0; KEEP_CHARS]; // where the last characters start
    let mut count = 0;
    let mut at = 0;
    while at < raw.len() {
        starts[count % KEEP_CHARS] = at;
        count += 1;
        at += char_len(&raw[at..]);
    }
    if count <= HIDE_CHARS {
        return b"";
    }
    &raw[starts[count % KEEP_CHARS]..]
}

/// How many bytes the first character of a valid JSON string's inside takes: UTF-8, an escape, or two escapes that are a
/// surrogate pair.
fn char_len(raw: &[u8]) -> usize {
    match raw[0] {
        b'\\' if raw[1] == b'u' => {
            let pair = matches!(hex4(&raw[2..6]), Some(0xd800..=0xdbff))
                && raw.len() >= 12
                && raw[6..8] == *b"\\u"
                && matches!(hex4(&raw[8..12]), Some(0xdc00..=0xdfff));
            if pair {
                12
            } else {
                6
            }
        }
        b'\\' => 2,
        0..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    }
}

/// Four hexadecimal digits.
fn hex4(raw: &[u8]) -> Option<u32> {
    raw.iter().try_fold(0, |code, &digit| Some(code << 4 | char::from(digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::Masker;

    fn masked(text: &str) -> Option<String> {
        let mut masker = Masker::new(vec!["pin".into(), "email".into()]);
        let result = masker.mask(text.as_bytes())?;
        Some(String::from_utf8(result.to_vec()).expect("masking keeps text text"))
    }

    #[test]
    fn fields_are_masked() {
        for (text, expected) in [
            (r#"{"email":"jane.doe@example.com"}"#, r#"{"email":"****.com"}"#),
            (r#"{"email":"12345678"}"#, r#"{"email":"****"}"#),
            (r#"{"email":"12345678\u00e9"}"#, r#"{"email":"****678\u00e9"}"#),
            (r#"{ "pin" : 1234, "x": 1e2 }"#, r#"{ "pin" : "****", "x": 1e2 }"#),
            (r#"[{"a":{"pin":[1,{"email":"x"}]}}]"#, r#"[{"a":{"pin":"****"}}]"#),
            (r#"{"\u0065mail":null}"#, r#"{"\u0065mail":"****"}"#),
        ] {
            assert_eq!(masked(text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn other_json_stays() {
        for text in [r#"{"Email":"jane.doe@example.com"}"#, " [ 1 , -0.5e+1 ] ", "\"email\"", "null"] {
            assert_eq!(masked(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_not_json_is_told() {
        for text in ["", r#"{"email":"x""#, "[1,]", "01", "\"\t\"", "nul", "{} {}", "\u{feff}1"] {
            assert_eq!(masked(text), None, "{text:?}");
        }
    }
}
