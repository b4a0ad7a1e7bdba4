// Package transform is the guest side of Redpanda's data transforms: it reads the records of the input topic from the
// broker and writes records to the output topics.
//
//	func main() {
//		transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
//			return writer.Write(event.Record())
//		})
//	}
//
// Its public names are those of Redpanda's SDK (the same module path), so a transform compiles with either. It speaks
// version 2 of the ABI, which brokers have from 24.2 on, needs nothing but the standard library, and compiles with Go
// 1.21 or newer (GOOS=wasip1 GOARCH=wasm) and with TinyGo.
package transform

import "time"

// OnRecordWritten calls fn for each record written to the input topic. It never returns; call it from main, after
// whatever the transform sets up.
//
// When fn returns an error, the transform stops with it in the log and the broker starts it again later, from the same
// record: a record is never skipped. To leave one out, write nothing and return nil.
func OnRecordWritten(fn OnRecordWrittenCallback) {
	if fn == nil {
		panic("transform: OnRecordWritten needs a function")
	}
	run(fn)
}

// OnRecordWrittenCallback transforms one record.
type OnRecordWrittenCallback func(event WriteEvent, writer RecordWriter) error

// WriteEvent is the write of one record to the input topic.
type WriteEvent interface {
	// Record is the record that was written. Its key, value and headers are valid until the callback returns: copy
	// what is kept longer.
	Record() Record
}

// RecordWriter writes records to the output topics.
type RecordWriter interface {
	// Write writes a record to the first output topic, or where the options say. Key, value and headers are taken;
	// the broker sets the rest. The record may be reused or changed as soon as Write returns.
	Write(record Record, options ...WriteOpt) error
}

// WriteOpt changes one Write.
type WriteOpt interface{ apply(*writeOptions) }

// ToTopic writes to the output topic of this name, which must be one of the transform's.
func ToTopic(topic string) WriteOpt { return toTopic(topic) }

type writeOptions struct{ topic string }

type toTopic string

func (topic toTopic) apply(options *writeOptions) { options.topic = string(topic) }

// Record is a Kafka record. A nil Key or Value is null; an empty one that is not nil is empty.
type Record struct {
	Key     []byte
	Value   []byte
	Headers []RecordHeader
	// Attrs, Timestamp and Offset are set on records that are read and ignored on records that are written.
	Attrs     RecordAttrs
	Timestamp time.Time
	Offset    int64
}

// RecordHeader is one header of a record. Nil is null, as in a Record.
type RecordHeader struct {
	Key   []byte
	Value []byte
}

// RecordAttrs are the attribute bits of a record. Kafka defines none today.
type RecordAttrs struct{ bits uint8 }
