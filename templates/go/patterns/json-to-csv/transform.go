// Makes a line of CSV (RFC 4180) of each JSON object: the fields that CSV_COLUMNS names, in that order.
package main

import (
	"os"
	"strings"

	"github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"
)

func main() {
	columns := settings("CSV_COLUMNS")

	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		if record.Value == nil {
			return writer.Write(record)
		}
		text := parseObject(record.Value)
		if text == "" {
			os.Stderr.WriteString("json-to-csv: value is not a JSON object, left out\n")
			return nil
		}
		cells := make([]string, len(columns))
		for i, column := range columns {
			cells[i] = cell(get(text, column))
		}
		record.Value = []byte(strings.Join(cells, ","))
		return writer.Write(record)
	})
}

func cell(value string) string {
	if value == "" || value == "null" {
		return ""
	}
	text := textOf(value)
	if strings.ContainsAny(text, ",\"\r\n") {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}
