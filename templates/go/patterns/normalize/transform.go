// Normalizes JSON records: each becomes an object of the fields that NORMALIZE_FIELDS names, with the values found at their
// paths.
package main

import (
	"os"
	"strings"

	"github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"
)

func main() {
	fields := settingPairs("NORMALIZE_FIELDS")

	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		if record.Value == nil {
			return writer.Write(record)
		}
		text := parseObject(record.Value)
		if text == "" {
			os.Stderr.WriteString("normalize: value is not a JSON object, left out\n")
			return nil
		}
		members := make([]string, len(fields))
		for i, field := range fields {
			members[i] = quote(field.name) + ":" + firstOf(text, strings.Split(field.value, "|"))
		}
		record.Value = []byte("{" + strings.Join(members, ",") + "}")
		return writer.Write(record)
	})
}

// firstOf returns what is found at the first path that leads somewhere.
func firstOf(text string, paths []string) string {
	for _, path := range paths {
		if found := get(text, path); found != "" {
			return found
		}
	}
	return "null"
}
