(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (i32.store8 (i32.const 264) (i32.const 3))
    (call $reply (call $poll_oneoff (i32.const 256) (i32.const 512) (i32.const 1) (i32.const 400)))))
