// An identity transform: each record of the input topic is written unchanged to the output topic.
package main

import "github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"

func main() {
	// What the transform needs once is set up here, before the first record.
	transform.OnRecordWritten(onRecord)
}

// onRecord is called for each record. An error stops the transform; the broker starts it again at the same record.
func onRecord(event transform.WriteEvent, writer transform.RecordWriter) error {
	return writer.Write(event.Record())
}
