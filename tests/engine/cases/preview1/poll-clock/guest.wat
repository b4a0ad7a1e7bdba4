(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (i64.store (i32.const 256) (i64.const 77)) ;; user data
    (i32.store8 (i32.const 264) (i32.const 0)) ;; clock
    (i32.store (i32.const 272) (i32.const 1)) ;; monotonic
    (i64.store (i32.const 280) (i64.const 0x7fffffffffffffff)) ;; timeout
    (memory.fill (i32.const 512) (i32.const 0xaa) (i32.const 32))
    (call $reply (call $poll_oneoff (i32.const 256) (i32.const 512) (i32.const 1) (i32.const 400)))
    (call $reply (i32.load (i32.const 400)))
    (call $reply_bytes (i32.const 512) (i32.const 32))))
