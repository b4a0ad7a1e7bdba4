;; Writes every record as it came: what the SDKs' smallest program does.
(module
  (import "redpanda_transform" "check_abi_version_1" (func $abi))
  (import "redpanda_transform" "read_batch_header"
    (func $read_batch_header (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "redpanda_transform" "read_next_record" (func $read_next_record (param i32 i32 i32 i32 i32) (result i32)))
  (import "redpanda_transform" "write_record" (func $write_record (param i32 i32) (result i32)))
  (memory (export "memory") 17)
  (func $identity (param $length i32)
    (if (i32.ne (call $write_record (i32.const 1024) (local.get $length)) (local.get $length)) (then (unreachable))))
  (func (export "_start") (local $left i32) (local $length i32)
    (call $abi)
    (loop $batches
      (if (i32.lt_s (call $read_batch_header (i32.const 0) (i32.const 8) (i32.const 12) (i32.const 16) (i32.const 20)
                       (i32.const 24) (i32.const 32) (i32.const 40) (i32.const 48) (i32.const 52)) (i32.const 0))
        (then (unreachable)))
      (local.set $left (i32.load (i32.const 8)))
      (loop $records
        (local.set $length
          (call $read_next_record (i32.const 56) (i32.const 64) (i32.const 72) (i32.const 1024) (i32.const 1048576)))
        (if (i32.lt_s (local.get $length) (i32.const 0)) (then (unreachable)))
        (call $identity (local.get $length))
        (br_if $records (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (br $batches))))
