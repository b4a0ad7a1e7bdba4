(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (func $event (param $at i32) ;; user data, error, type
    (call $reply (i32.load (local.get $at)))
    (call $reply (i32.load16_u offset=8 (local.get $at)))
    (call $reply (i32.load8_u offset=10 (local.get $at))))
  (func $on_record (param $length i32)
    (i64.store (i32.const 256) (i64.const 1))
    (i32.store8 (i32.const 264) (i32.const 1)) ;; fd_read
    (i64.store (i32.const 304) (i64.const 2))
    (i32.store8 (i32.const 312) (i32.const 0)) ;; clock
    (i64.store (i32.const 352) (i64.const 3))
    (i32.store8 (i32.const 360) (i32.const 2)) ;; fd_write
    (call $reply (call $poll_oneoff (i32.const 256) (i32.const 512) (i32.const 3) (i32.const 768)))
    (call $reply (i32.load (i32.const 768)))
    (call $event (i32.const 512))
    (call $event (i32.const 544))
    (call $event (i32.const 576))))
