// Filters JSON records: those whose FILTER_FIELD has one of FILTER_VALUES pass, and tombstones do.
package main

import "github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"

func main() {
	field := setting("FILTER_FIELD")
	wanted := make(map[string]bool)
	for _, value := range settings("FILTER_VALUES") {
		wanted[value] = true
	}

	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		found := get(parseJSON(record.Value), field)
		if record.Value == nil || found != "" && wanted[textOf(found)] {
			return writer.Write(record)
		}
		return nil
	})
}
