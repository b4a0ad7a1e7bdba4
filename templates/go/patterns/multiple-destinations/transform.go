// Gives each topic of DESTINATIONS the fields of JSON records that it needs.
package main

import (
	"os"
	"strings"

	"github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"
)

func main() {
	destinations := settingPairs("DESTINATIONS")

	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		text := parseObject(record.Value)
		if record.Value != nil && text == "" {
			os.Stderr.WriteString("multiple-destinations: value is not a JSON object, left out\n")
			return nil
		}
		for _, destination := range destinations {
			if record.Value != nil {
				record.Value = []byte(partOf(text, strings.Split(destination.value, "|")))
			}
			if err := writer.Write(record, transform.ToTopic(destination.name)); err != nil {
				return err
			}
		}
		return nil
	})
}

// partOf returns an object of the fields that are there.
func partOf(text string, fields []string) string {
	var members []string
	for _, field := range fields {
		if found := get(text, field); found != "" {
			members = append(members, quote(field)+":"+found)
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}
