// Validates JSON records: those whose fields are as VALIDATE_FIELDS says go to the first output topic, others to the second
// one, with the reason in the header "error".
package main

import (
	"strings"

	"github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"
)

func main() {
	rules := settingPairs("VALIDATE_FIELDS")
	deadLetters := setting("REDPANDA_OUTPUT_TOPIC_1")

	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		if record.Value == nil {
			return writer.Write(record)
		}
		reason := check(record.Value, rules)
		if reason == "" {
			return writer.Write(record)
		}
		record.Headers = append(record.Headers, transform.RecordHeader{Key: []byte("error"), Value: []byte(reason)})
		return writer.Write(record, transform.ToTopic(deadLetters))
	})
}

// check returns what is wrong with the value, or "".
func check(value []byte, rules []pair) string {
	text := parseObject(value)
	if text == "" {
		return "value is not a JSON object"
	}
	for _, rule := range rules {
		found := get(text, rule.name)
		wanted := strings.TrimSuffix(rule.value, "?")
		isOptional := wanted != rule.value
		switch {
		case isOptional && (found == "" || found == "null"):
		case found == "":
			return rule.name + " is missing"
		case wanted == "any" || wanted == kind(found):
		case strings.HasPrefix(wanted, "a") || strings.HasPrefix(wanted, "o"):
			return rule.name + " is not an " + wanted
		default:
			return rule.name + " is not a " + wanted
		}
	}
	return ""
}
