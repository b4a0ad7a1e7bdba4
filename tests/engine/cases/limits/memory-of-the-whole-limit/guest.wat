(module
  ;; include transform-v2
  (memory (export "memory") 32)
  (func (export "_start")
    (local $length i32)
    (call $check_abi_version)
    (loop $batches
      (drop (call $read_batch_header (i32.const 0) (i32.const 8) (i32.const 12) (i32.const 16) (i32.const 20)
        (i32.const 24) (i32.const 32) (i32.const 40) (i32.const 48) (i32.const 52)))
      (drop (call $write_record (i32.const 0x1ffffc)
        (call $read_next_record (i32.const 56) (i32.const 64) (i32.const 72) (i32.const 0x1ffffc) (i32.const 4))))
      (br $batches))))
