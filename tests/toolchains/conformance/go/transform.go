// Does what each record's value asks for; see ../README.md.
package main

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"
)

func main() {
	transform.OnRecordWritten(onRecord)
}

func onRecord(event transform.WriteEvent, writer transform.RecordWriter) error {
	record := event.Record()
	verb, argument, _ := strings.Cut(string(record.Value), " ")
	switch verb {
	case "to":
		if err := writer.Write(record, transform.ToTopic(argument)); err != nil {
			os.Stderr.WriteString("refused: " + argument + "\n")
		}
		return nil
	case "offset":
		record.Value = []byte(strconv.FormatInt(record.Offset, 10))
	case "timestamp":
		record.Value = []byte(strconv.FormatInt(record.Timestamp.UnixMilli(), 10))
	case "environment":
		record.Value = []byte(os.Getenv(argument))
	case "change":
		// Each append must leave the other parts of the record as they are.
		record.Key = append(record.Key, "-key"...)
		record.Value = append(record.Value, "-value"...)
		record.Headers = append(record.Headers, transform.RecordHeader{Key: []byte("more")})
		if err := writer.Write(record); err != nil {
			return err
		}
		record = event.Record()
	case "empty":
		record = transform.Record{Key: []byte{}, Value: []byte{}, Headers: []transform.RecordHeader{{Key: []byte{}, Value: []byte{}}}}
	case "null":
		record = transform.Record{}
	case "drop":
		return nil
	case "log":
		os.Stdout.WriteString(argument + "\n")
		return nil
	case "warn":
		os.Stderr.WriteString(argument + "\n")
		return nil
	case "fail":
		return errors.New(argument)
	}
	return writer.Write(record)
}
