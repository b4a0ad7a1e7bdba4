// A masking transform: the values of the fields named in MASK_FIELDS are masked in each JSON record, at any depth. Every
// other byte of the record stays as it is.
package main

import (
	"os"
	"strings"

	"github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"
)

func main() {
	fields := parseFields(os.Getenv("MASK_FIELDS"))
	if len(fields) == 0 {
		os.Stderr.WriteString("masking: MASK_FIELDS names no field\n")
		os.Exit(1)
	}
	os.Stdout.WriteString("masking: " + strings.Join(fields, ", ") + "\n")

	masker := newMasker(fields)
	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		if record.Value == nil { // a tombstone
			return writer.Write(record)
		}
		masked, ok := masker.mask(record.Value)
		if ok {
			record.Value = masked
		} else {
			os.Stderr.WriteString("masking: value is not JSON, passed on unchanged\n")
		}
		return writer.Write(record)
	})
}

// parseFields splits a list of field names at its commas.
func parseFields(list string) []string {
	var fields []string
	for _, field := range strings.Split(list, ",") {
		if field = strings.Trim(field, " \t"); field != "" {
			fields = append(fields, field)
		}
	}
	return fields
}
