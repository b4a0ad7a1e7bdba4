(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (data (i32.const 256) "two, one")
  (data (i32.const 512) "\05\01\00\00\03\00\00\00\00\01\00\00\00\00\00\00\03\01\00\00\02\00\00\00\00\01\00\00\03\00\00\00")
  (func $on_record (param $length i32)
    (call $reply (call $fd_write (i32.const 1) (i32.const 512) (i32.const 4) (i32.const 600)))
    (call $reply (i32.load (i32.const 600)))))
