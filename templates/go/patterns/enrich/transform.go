// Enriches JSON records: what the table (table.json) has for the value of ENRICH_FIELD is added as ENRICH_AS.
package main

import (
	_ "embed"
	"strings"

	"github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"
)

//go:embed table.json
var tableJSON []byte

func main() {
	field := setting("ENRICH_FIELD")
	added := setting("ENRICH_AS")
	table := make(map[string]string)
	for _, row := range items(parseObject(tableJSON)) {
		table[textOf(row.key)] = row.value
	}

	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		text := parseObject(record.Value)
		if text == "" {
			return writer.Write(record)
		}
		row := "null"
		if value := get(text, field); value != "" {
			if found, ok := table[textOf(value)]; ok {
				row = found
			}
		}
		var members []string
		for _, member := range items(text) {
			if textOf(member.key) != added {
				members = append(members, member.key+":"+member.value)
			}
		}
		members = append(members, quote(added)+":"+row)
		record.Value = []byte("{" + strings.Join(members, ",") + "}")
		return writer.Write(record)
	})
}
