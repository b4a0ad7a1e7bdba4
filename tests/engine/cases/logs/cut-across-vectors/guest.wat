(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (data (i32.const 512) "\00\08\00\00\e8\03\00\00\00\08\00\00\e8\03\00\00\00\08\00\00\e8\03\00\00") ;; 3 times 1000 bytes
  (func $on_record (param $length i32)
    (memory.fill (i32.const 2048) (i32.const 120) (i32.const 1000))
    (call $reply (call $fd_write (i32.const 1) (i32.const 512) (i32.const 3) (i32.const 600)))
    (call $reply (i32.load (i32.const 600)))))
