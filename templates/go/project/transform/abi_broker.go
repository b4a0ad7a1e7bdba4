//go:build wasip1 || tinygo

package transform

import "unsafe"

// The broker's functions. A pointer is an offset into the module's memory, which the broker reads or writes during the
// call and does not keep.

// checkABIVersion does nothing: importing it says which version of the ABI the module speaks.
//
//go:wasmimport redpanda_transform check_abi_version_2
func checkABIVersion()

// readBatchHeader waits for the next batch of the input topic, fills in its header and returns the size in bytes of its
// largest record's payload, or a negative code.
//
//go:wasmimport redpanda_transform read_batch_header
func readBatchHeader(
	baseOffset, recordCount, partitionLeaderEpoch, attributes, lastOffsetDelta unsafe.Pointer,
	baseTimestamp, maxTimestamp, producerID, producerEpoch, baseSequence unsafe.Pointer,
) int32

// readNextRecord fills in the next record of the batch and returns the size in bytes of the payload written to buffer,
// or a negative code. The timestamp is in milliseconds since 1970.
//
//go:wasmimport redpanda_transform read_next_record
func readNextRecord(attributes, timestamp, offset, buffer unsafe.Pointer, length int32) int32

// writeRecord writes a payload to the first output topic and returns its length, or a negative code.
//
//go:wasmimport redpanda_transform write_record
func writeRecord(payload unsafe.Pointer, length int32) int32

// writeRecordWithOptions is writeRecord with options: 0x01, then the name of an output topic with its length.
//
//go:wasmimport redpanda_transform write_record_with_options
func writeRecordWithOptions(payload unsafe.Pointer, length int32, options unsafe.Pointer, optionsLength int32) int32
