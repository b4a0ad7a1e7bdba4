// Makes a JSON object of each line of CSV (RFC 4180): CSV_COLUMNS names its columns.
package main

import (
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"
)

func main() {
	columns := settings("CSV_COLUMNS")
	warning := "csv-to-json: value is not a line of " + strconv.Itoa(len(columns)) + " columns, left out\n"

	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		if record.Value == nil {
			return writer.Write(record)
		}
		cells := cellsOf(string(record.Value))
		if len(cells) != len(columns) || !utf8.Valid(record.Value) {
			os.Stderr.WriteString(warning)
			return nil
		}
		members := make([]string, len(columns))
		for i, column := range columns {
			members[i] = quote(column) + ":" + quote(cells[i])
		}
		record.Value = []byte("{" + strings.Join(members, ",") + "}")
		return writer.Write(record)
	})
}

// cellsOf returns the cells of a line, or nil when it is not one line of CSV.
func cellsOf(line string) []string {
	if cut := strings.TrimSuffix(line, "\n"); cut != line {
		line = strings.TrimSuffix(cut, "\r")
	}
	var cells []string
	for {
		var cell string
		if strings.HasPrefix(line, `"`) {
			line = line[1:]
			for {
				part, rest, ok := strings.Cut(line, `"`)
				if !ok {
					return nil
				}
				cell += part
				if line = rest; !strings.HasPrefix(line, `"`) {
					break
				}
				cell += `"` // two quotes are one
				line = line[1:]
			}
		} else {
			cell, _, _ = strings.Cut(line, ",")
			if strings.ContainsAny(cell, "\"\r\n") {
				return nil
			}
			line = line[len(cell):]
		}
		cells = append(cells, cell)
		if line == "" {
			return cells
		}
		if line[0] != ',' {
			return nil
		}
		line = line[1:]
	}
}
