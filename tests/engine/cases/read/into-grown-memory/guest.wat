(module
  ;; include transform-v2
  ;; include records
  (func (export "_start")
    (local $length i32)
    (loop $batches
      (drop (call $header))
      (drop (memory.grow (i32.const 1)))
      (local.set $length (call $read_next_record (i32.const 0x120000) (i32.const 0x120008) (i32.const 0x120010)
        (i32.const 0x120100) (i32.const 0xff00)))
      (drop (call $write_record (i32.const 0x120100) (local.get $length)))
      (br $batches))))
