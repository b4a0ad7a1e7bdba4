(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (call $reply (call $environ_sizes_get (i32.const 256) (i32.const 260)))
    (call $reply (i32.load (i32.const 256)))
    (call $reply (i32.load (i32.const 260)))
    (call $reply (call $environ_get (i32.const 264) (i32.const 512)))
    (call $reply_bytes (i32.const 512) (i32.load (i32.const 260)))
    (call $reply (i32.load (i32.const 264)))
    (call $reply (i32.load (i32.const 268)))
    (call $reply (i32.load (i32.const 272)))))
