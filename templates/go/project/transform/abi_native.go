//go:build !wasip1 && !tinygo

package transform

import "unsafe"

// Outside a broker there is no one to call: these let a transform's own functions be tested with `go test`.

const noBroker = "transform: records can be read and written only inside a broker"

func checkABIVersion() { panic(noBroker) }

func readBatchHeader(_, _, _, _, _, _, _, _, _, _ unsafe.Pointer) int32 { panic(noBroker) }

func readNextRecord(_, _, _, _ unsafe.Pointer, _ int32) int32 { panic(noBroker) }

func writeRecord(_ unsafe.Pointer, _ int32) int32 { panic(noBroker) }

func writeRecordWithOptions(_ unsafe.Pointer, _ int32, _ unsafe.Pointer, _ int32) int32 {
	panic(noBroker)
}
