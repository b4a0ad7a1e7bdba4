// A transform that does what a record's value asks for, to see every part of the guest package at work.
package main

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"
)

func main() {
	transform.OnRecordWritten(func(event transform.WriteEvent, writer transform.RecordWriter) error {
		record := event.Record()
		verb, argument, _ := strings.Cut(string(record.Value), " ")
		switch verb {
		case "to":
			if err := writer.Write(record, transform.ToTopic(argument)); err != nil {
				os.Stderr.WriteString(err.Error())
			}
			return nil
		case "metadata":
			record.Value = []byte(strconv.FormatInt(record.Offset, 10) + " " + strconv.FormatInt(record.Timestamp.UnixMilli(), 10))
		case "grow":
			// Each append must leave the other parts of the record as they are.
			record.Key = append(record.Key, "-key"...)
			record.Value = append(record.Value, "-value"...)
			record.Headers = append(record.Headers, transform.RecordHeader{Key: []byte("more")})
			if err := writer.Write(record); err != nil {
				return err
			}
			record = event.Record()
		case "empty":
			record = transform.Record{Key: []byte{}, Value: []byte{}, Headers: []transform.RecordHeader{{}}}
		case "null":
			record = transform.Record{}
		case "drop":
			return nil
		case "fail":
			return errors.New(argument)
		}
		return writer.Write(record)
	})
}
