package transform

import (
	"bytes"
	"math"
	"reflect"
	"testing"
	"testing/quick"
)

func TestVarintVectors(t *testing.T) {
	// Zigzag as in Protocol Buffers' encoding document and Kafka's ByteUtils.
	for v, encoded := range map[int64][]byte{
		0: {0}, -1: {1}, 1: {2}, -2: {3}, 63: {126}, 64: {0x80, 1}, -64: {127}, -65: {0x81, 1}, 300: {0xd8, 4},
		math.MaxInt32: {0xfe, 0xff, 0xff, 0xff, 0x0f},
		math.MinInt64: {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
	} {
		if got := appendVarint(nil, v); !bytes.Equal(got, encoded) {
			t.Errorf("appendVarint(%d) = %x; expected %x", v, got, encoded)
		}
		got, rest, err := readVarint(append(encoded[:len(encoded):len(encoded)], 7))
		if got != v || !bytes.Equal(rest, []byte{7}) || err != nil {
			t.Errorf("readVarint(%x) = %d, %x, %v", encoded, got, rest, err)
		}
	}
}

func TestVarintsComeBack(t *testing.T) {
	if err := quick.Check(func(v int64) bool {
		got, rest, err := readVarint(appendVarint(nil, v))
		return got == v && len(rest) == 0 && err == nil
	}, nil); err != nil {
		t.Error(err)
	}
}

func TestRecordsComeBackAndNullStaysNull(t *testing.T) {
	var headers []RecordHeader
	if err := quick.Check(func(key, value []byte, pairs [][2][]byte, keyIsNull, valueIsNull bool) bool {
		written := Record{Key: orNull(key, keyIsNull), Value: orNull(value, valueIsNull)}
		for i, pair := range pairs {
			written.Headers = append(written.Headers, RecordHeader{pair[0], orNull(pair[1], i%2 == 0)})
		}
		var read Record
		var err error
		headers, err = readRecord(appendRecord(nil, &written), &read, headers)
		return err == nil && same(written.Key, read.Key) && same(written.Value, read.Value) &&
			len(written.Headers) == len(read.Headers) && sameHeaders(written.Headers, read.Headers)
	}, nil); err != nil {
		t.Error(err)
	}
}

func orNull(b []byte, null bool) []byte {
	if null {
		return nil
	}
	return append([]byte{}, b...)
}

func same(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

func sameHeaders(a, b []RecordHeader) bool {
	for i := range a {
		if !same(a[i].Key, b[i].Key) || !same(a[i].Value, b[i].Value) {
			return false
		}
	}
	return true
}

func TestMalformedPayloadsAreErrors(t *testing.T) {
	good := appendRecord(nil, &Record{Key: []byte("k"), Value: []byte("value"), Headers: []RecordHeader{{[]byte("h"), nil}}})
	var r Record
	for n := range good {
		if _, err := readRecord(good[:n], &r, nil); err == nil {
			t.Errorf("the first %d bytes are taken for a record", n)
		}
	}
	for _, bad := range [][]byte{
		append(good[:len(good):len(good)], 0), // a byte too many
		{3},                                   // key length -2
		{1, 1, 1},                             // header count -1
		append([]byte{1, 1}, appendVarint(nil, math.MaxInt64)...), // more headers than bytes
		bytes.Repeat([]byte{0xff}, 11),                            // a varint without end
	} {
		if _, err := readRecord(bad, &r, nil); err == nil {
			t.Errorf("%x is taken for a record", bad)
		}
	}
}

func TestAppendingToARecordLeavesItsNeighboursAlone(t *testing.T) {
	payload := appendRecord(nil, &Record{Key: []byte("key"), Value: []byte("value"), Headers: []RecordHeader{{[]byte("h"), []byte("x")}}})
	before := append([]byte{}, payload...)
	var r Record
	headers, err := readRecord(payload, &r, make([]RecordHeader, 0, 8))
	if err != nil {
		t.Fatal(err)
	}
	_ = append(r.Key, "!!!!!!"...)
	_ = append(r.Value, "!!!!!!"...)
	_ = append(r.Headers, RecordHeader{[]byte("another"), nil})
	if !bytes.Equal(payload, before) {
		t.Error("appending to a key or a value changed the payload")
	}
	if more := headers[:2]; !reflect.DeepEqual(more[1], RecordHeader{}) {
		t.Error("appending a header wrote into the memory that is reused")
	}
}

func TestRecordsAreReadAndWrittenWithoutAllocating(t *testing.T) {
	payload := appendRecord(nil, &Record{Key: []byte("key"), Value: make([]byte, 1000), Headers: []RecordHeader{{[]byte("h"), nil}}})
	var r Record
	headers, out := make([]RecordHeader, 0, 1), make([]byte, 0, 2*len(payload))
	if allocations := testing.AllocsPerRun(100, func() {
		headers, _ = readRecord(payload, &r, headers)
		out = appendRecord(out[:0], &r)
	}); allocations != 0 {
		t.Errorf("%v allocations for a record", allocations)
	}
}
