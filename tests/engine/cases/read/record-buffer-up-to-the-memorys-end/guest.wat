(module
  ;; include transform-v2
  ;; include records
  (func $read (param $buffer i32) (param $size i32)
    (local $length i32)
    (local.set $length
      (call $read_next_record (i32.const 56) (i32.const 64) (i32.const 72) (local.get $buffer) (local.get $size)))
    (call $reply (local.get $length))
    (call $reply_bytes (local.get $buffer) (local.get $length)))
  (func (export "_start")
    (loop $batches
      (drop (call $header))
      (call $read (i32.const 0x11fffa) (i32.const 6))
      (call $read (i32.const 0x11fff0) (i32.const 16))
      (br $batches))))
