(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include log
  ;; include each-record
  (func $write (param $fd i32) (param $length i32)
    (call $reply (call $log (local.get $fd) (i32.const 2048) (local.get $length)))
    (call $reply (i32.load (i32.const 0x116008))))
  (func $on_record (param $length i32)
    (memory.fill (i32.const 2048) (i32.const 120) (i32.const 100000))
    (call $write (i32.const 1) (i32.const 1024))
    (call $write (i32.const 1) (i32.const 1025))
    (call $write (i32.const 2) (i32.const 100000))))
