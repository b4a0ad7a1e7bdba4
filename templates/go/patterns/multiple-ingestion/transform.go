// Puts each record into an envelope: {"source":"the input topic","data":the JSON value, or a string of the text}.
package main

import (
	"os"
	"unicode/utf8"

	"github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"
)

func main() {
	source := quote(setting("REDPANDA_INPUT_TOPIC"))

	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		if record.Value == nil {
			return writer.Write(record)
		}
		if !utf8.Valid(record.Value) {
			os.Stderr.WriteString("multiple-ingestion: value is not UTF-8, left out\n")
			return nil
		}
		data := parseJSON(record.Value)
		if data == "" {
			data = quote(string(record.Value))
		}
		record.Value = []byte(`{"source":` + source + `,"data":` + data + `}`)
		return writer.Write(record)
	})
}
