(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (memory.fill (i32.const 512) (i32.const 0xaa) (i32.const 16))
    (call $reply (call $args_sizes_get (i32.const 256) (i32.const 260)))
    (call $reply (i32.load (i32.const 256)))
    (call $reply (i32.load (i32.const 260)))
    (call $reply (call $args_get (i32.const 264) (i32.const 512)))
    (call $reply (i32.load (i32.const 264)))
    (call $reply_bytes (i32.const 512) (i32.const 8))))
