// Writes every record to the first output topic, and a copy to the second one, which says where it was tapped.
package main

import "github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"

func main() {
	input := setting("REDPANDA_INPUT_TOPIC")
	tap := setting("REDPANDA_OUTPUT_TOPIC_1")

	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		if err := writer.Write(record); err != nil {
			return err
		}
		record.Headers = append(record.Headers, transform.RecordHeader{Key: []byte("tapped-from"), Value: []byte(input)})
		return writer.Write(record, transform.ToTopic(tap))
	})
}
