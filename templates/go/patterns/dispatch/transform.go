// Dispatches JSON records: the value of DISPATCH_FIELD chooses the output topic, as DISPATCH_ROUTES says. All else goes to
// the first one.
package main

import "github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"

func main() {
	field := setting("DISPATCH_FIELD")
	topics := make(map[string]string)
	for _, route := range settingPairs("DISPATCH_ROUTES") {
		topics[route.name] = route.value
	}

	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		if found := get(parseJSON(record.Value), field); found != "" {
			if topic, ok := topics[textOf(found)]; ok {
				return writer.Write(record, transform.ToTopic(topic))
			}
		}
		return writer.Write(record)
	})
}
