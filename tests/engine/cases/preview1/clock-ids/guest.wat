(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (call $reply (call $clock_res_get (i32.const 0) (i32.const 256)))
    (call $reply (i32.load (i32.const 256)))
    (call $reply (call $clock_res_get (i32.const 1) (i32.const 256)))
    (call $reply (call $clock_res_get (i32.const 2) (i32.const 256)))
    (call $reply (call $clock_res_get (i32.const 3) (i32.const 256)))
    (call $reply (i32.load (i32.const 256)))
    (i64.store (i32.const 256) (i64.const 7))
    (call $reply (call $clock_res_get (i32.const 4) (i32.const 256)))
    (call $reply (call $clock_res_get (i32.const -1) (i32.const 256)))
    (call $reply (call $clock_time_get (i32.const 4) (i64.const 0) (i32.const 256)))
    (call $reply (call $clock_time_get (i32.const -1) (i64.const -1) (i32.const 256)))
    (call $reply (i32.load (i32.const 256)))))
