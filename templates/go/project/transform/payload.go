package transform

import "errors"

// A record crosses the ABI as Kafka writes it in a batch, from the key on:
//
//	key length, key, value length, value, header count, { key length, key, value length, value }
//
// with numbers as zigzag varints and a length of -1 for null.

var (
	errTruncated = errors.New("record payload ends too early")
	errLength    = errors.New("record payload has an impossible length")
	errTrailing  = errors.New("record payload has bytes after its last header")
)

// maxVarintBytes is how long a varint of 64 bits can be.
const maxVarintBytes = 10

// appendVarint appends v as a zigzag varint.
func appendVarint(out []byte, v int64) []byte {
	u := uint64(v)<<1 ^ uint64(v>>63)
	for u >= 0x80 {
		out = append(out, byte(u)|0x80)
		u >>= 7
	}
	return append(out, byte(u))
}

// readVarint reads a zigzag varint from the front of data and returns it with the bytes after it.
func readVarint(data []byte) (v int64, rest []byte, err error) {
	var u uint64
	for i, b := range data {
		if i == maxVarintBytes {
			return 0, nil, errLength
		}
		u |= uint64(b&0x7f) << (7 * uint(i))
		if b < 0x80 {
			return int64(u>>1) ^ -int64(u&1), data[i+1:], nil
		}
	}
	return 0, nil, errTruncated
}

// appendBytes appends b with its length, nil as null.
func appendBytes(out, b []byte) []byte {
	if b == nil {
		return appendVarint(out, -1)
	}
	return append(appendVarint(out, int64(len(b))), b...)
}

// readBytes reads what appendBytes wrote. The result lies in data, and appending to it copies it.
func readBytes(data []byte) (b, rest []byte, err error) {
	n, rest, err := readVarint(data)
	switch {
	case err != nil:
		return nil, nil, err
	case n == -1:
		return nil, rest, nil
	case n < 0:
		return nil, nil, errLength
	case n > int64(len(rest)):
		return nil, nil, errTruncated
	}
	return rest[:n:n], rest[n:], nil
}

// appendRecord appends the payload of a record.
func appendRecord(out []byte, r *Record) []byte {
	out = appendBytes(out, r.Key)
	out = appendBytes(out, r.Value)
	out = appendVarint(out, int64(len(r.Headers)))
	for i := range r.Headers {
		out = appendBytes(out, r.Headers[i].Key)
		out = appendBytes(out, r.Headers[i].Value)
	}
	return out
}

// readRecord reads a payload into r. Key, value and headers lie in payload; headers is memory to reuse for them, and what
// came of it is returned.
func readRecord(payload []byte, r *Record, headers []RecordHeader) ([]RecordHeader, error) {
	var count int64
	var err error
	if r.Key, payload, err = readBytes(payload); err != nil {
		return headers, err
	}
	if r.Value, payload, err = readBytes(payload); err != nil {
		return headers, err
	}
	if count, payload, err = readVarint(payload); err != nil {
		return headers, err
	}
	// A header takes two bytes at least: a count beyond that is refused before anything is made of it.
	if count < 0 || count > int64(len(payload)/2) {
		return headers, errLength
	}
	headers = headers[:0]
	for ; count > 0; count-- {
		var h RecordHeader
		if h.Key, payload, err = readBytes(payload); err != nil {
			return headers, err
		}
		if h.Value, payload, err = readBytes(payload); err != nil {
			return headers, err
		}
		headers = append(headers, h)
	}
	if len(payload) != 0 {
		return headers, errTrailing
	}
	// No room behind the last one: a callback that appends a header gets a copy.
	r.Headers = headers[:len(headers):len(headers)]
	return headers, nil
}
