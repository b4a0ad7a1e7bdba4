(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include log
  ;; include each-record
  (func $on_record (param $length i32)
    (call $reply (call $log (i32.const 1) (i32.const 0x120000) (i32.const 0)))
    (call $reply (i32.load (i32.const 0x116008)))
    (i32.store (i32.const 600) (i32.const -1))
    (call $reply (call $fd_write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 600)))
    (call $reply (i32.load (i32.const 600)))))
