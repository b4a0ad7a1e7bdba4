(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include log
  ;; include each-record
  (data (i32.const 256) "hello\nbad")
  (func $on_record (param $length i32)
    (call $reply (call $log (i32.const 1) (i32.const 256) (i32.const 6)))
    (call $reply (i32.load (i32.const 0x116008)))
    (call $reply (call $log (i32.const 2) (i32.const 262) (i32.const 3)))
    (call $reply (i32.load (i32.const 0x116008)))))
