package transform

import (
	"errors"
	"strconv"
	"time"
	"unsafe"
)

// What the broker answers for a record that it did not take.
const (
	writeInvalid      = -2
	writeUnknownTopic = -3
)

// optionTopic marks the output topic in the options of a write.
const optionTopic = 0x01

// state is everything that crosses the ABI. It lives as long as the module, so the pointers given to the broker are into
// memory that never moves, and nothing is allocated for a record once the buffers are large enough.
var state struct {
	header struct {
		baseOffset, baseTimestamp, maxTimestamp, producerID              int64
		recordCount, partitionLeaderEpoch, lastOffsetDelta, baseSequence int32
		attributes, producerEpoch                                        int16
	}
	attributes uint8
	timestamp  int64
	offset     int64
	input      []byte
	headers    []RecordHeader
	event      event
	writer     writer
}

type event struct{ record Record }

func (e *event) Record() Record { return e.record }

type writer struct{ payload, options []byte }

func (w *writer) Write(r Record, options ...WriteOpt) error {
	w.payload = appendRecord(w.payload[:0], &r)
	if len(options) == 0 {
		return written(writeRecord(unsafe.Pointer(&w.payload[0]), int32(len(w.payload))), len(w.payload), "")
	}
	var chosen writeOptions
	for _, option := range options {
		option.apply(&chosen)
	}
	w.options = append(w.options[:0], optionTopic)
	w.options = appendVarint(w.options, int64(len(chosen.topic)))
	w.options = append(w.options, chosen.topic...)
	return written(writeRecordWithOptions(
		unsafe.Pointer(&w.payload[0]), int32(len(w.payload)),
		unsafe.Pointer(&w.options[0]), int32(len(w.options)),
	), len(w.payload), chosen.topic)
}

// written turns the broker's answer to a write of so many bytes into an error.
func written(answer int32, length int, topic string) error {
	switch {
	case int(answer) == length:
		return nil
	case answer == writeUnknownTopic:
		return errors.New("the transform has no output topic " + strconv.Quote(topic))
	case answer == writeInvalid:
		return errors.New("the broker refused the record as malformed")
	}
	return errors.New("the broker refused the record with code " + strconv.Itoa(int(answer)))
}

// run reads batches for ever.
func run(fn OnRecordWrittenCallback) {
	checkABIVersion()
	for {
		runBatch(fn)
	}
}

// runBatch waits for a batch and calls fn for each of its records.
func runBatch(fn OnRecordWrittenCallback) {
	s, h := &state, &state.header
	largest := readBatchHeader(
		unsafe.Pointer(&h.baseOffset),
		unsafe.Pointer(&h.recordCount),
		unsafe.Pointer(&h.partitionLeaderEpoch),
		unsafe.Pointer(&h.attributes),
		unsafe.Pointer(&h.lastOffsetDelta),
		unsafe.Pointer(&h.baseTimestamp),
		unsafe.Pointer(&h.maxTimestamp),
		unsafe.Pointer(&h.producerID),
		unsafe.Pointer(&h.producerEpoch),
		unsafe.Pointer(&h.baseSequence),
	)
	if largest < 0 {
		panic("transform: reading a batch failed with code " + strconv.Itoa(int(largest)))
	}
	if int(largest) >= len(s.input) {
		// A quarter more than needed, so that slowly growing records do not allocate each time.
		s.input = make([]byte, int(largest)+int(largest)/4+64)
	}
	for ; h.recordCount > 0; h.recordCount-- {
		n := readNextRecord(
			unsafe.Pointer(&s.attributes),
			unsafe.Pointer(&s.timestamp),
			unsafe.Pointer(&s.offset),
			unsafe.Pointer(&s.input[0]),
			int32(len(s.input)),
		)
		if n < 0 {
			panic("transform: reading a record failed with code " + strconv.Itoa(int(n)))
		}
		r := &s.event.record
		var err error
		if s.headers, err = readRecord(s.input[:n], r, s.headers); err == nil {
			r.Attrs = RecordAttrs{s.attributes}
			r.Timestamp = time.UnixMilli(s.timestamp)
			r.Offset = s.offset
			err = fn(&s.event, &s.writer)
		}
		if err != nil {
			panic("transform: record at offset " + strconv.FormatInt(s.offset, 10) + " failed: " + err.Error())
		}
	}
}
