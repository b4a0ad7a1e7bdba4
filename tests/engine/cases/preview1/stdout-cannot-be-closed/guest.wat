(module
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (data (i32.const 256) "still")
  (data (i32.const 264) "\00\01\00\00\05\00\00\00") ;; 5 bytes at 256
  (func $on_record (param $length i32)
    (call $reply (call $fd_close (i32.const 1)))
    (call $reply (call $fd_close (i32.const 2)))
    (call $reply (call $fd_write (i32.const 1) (i32.const 264) (i32.const 1) (i32.const 272)))
    (call $reply (i32.load (i32.const 272)))))
