// Sends records with one of REROUTE_HEADERS to the second output topic while REROUTE is "on"; all else to the first one.
package main

import "github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"

func main() {
	isOn := setting("REROUTE") == "on"
	rules := make(map[pair]bool)
	for _, rule := range settingPairs("REROUTE_HEADERS") {
		rules[rule] = true
	}
	detour := setting("REDPANDA_OUTPUT_TOPIC_1")

	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		for _, header := range record.Headers {
			if isOn && header.Value != nil && rules[pair{string(header.Key), string(header.Value)}] {
				return writer.Write(record, transform.ToTopic(detour))
			}
		}
		return writer.Write(record)
	})
}
