// Splits JSON records: each element of the array in SPLIT_FIELD becomes a record. What has no array passes unchanged.
package main

import (
	"strings"

	"github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"
)

func main() {
	field := setting("SPLIT_FIELD")

	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		array := parseJSON(record.Value)
		if !strings.HasPrefix(array, "[") {
			array = get(array, field)
		}
		if !strings.HasPrefix(array, "[") {
			return writer.Write(record)
		}
		for _, element := range items(array) {
			record.Value = []byte(element.value)
			if err := writer.Write(record); err != nil {
				return err
			}
		}
		return nil
	})
}
