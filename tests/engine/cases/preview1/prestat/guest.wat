(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (call $reply (call $fd_prestat_get (i32.const 0) (i32.const 256)))
    (call $reply (call $fd_prestat_get (i32.const 1) (i32.const 256)))
    (call $reply (call $fd_prestat_get (i32.const 2) (i32.const 256)))
    (call $reply (call $fd_prestat_get (i32.const 3) (i32.const 256)))
    (call $reply (call $fd_prestat_get (i32.const 4) (i32.const 256)))
    (call $reply (call $fd_prestat_get (i32.const 1000) (i32.const 256)))))
