(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (i32.store (i32.const 400) (i32.const -1))
    (call $reply (call $poll_oneoff (i32.const 256) (i32.const 512) (i32.const 0) (i32.const 400)))
    (call $reply (i32.load (i32.const 400)))))
