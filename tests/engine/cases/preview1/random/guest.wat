(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (call $reply (call $random_get (i32.const 256) (i32.const 5)))
    (call $reply (call $random_get (i32.const 261) (i32.const 0)))
    (call $reply_bytes (i32.const 256) (i32.const 8))
    (call $reply (call $random_get (i32.const 1024) (i32.const 0x100000)))
    (call $reply (i32.load8_u (i32.const 0x1003ff)))
    (call $reply (i32.load8_u (i32.const 0x100400)))))
