(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (data (i32.const 256) "good")
  (func $on_record (param $length i32)
    (i32.store (i32.const 512) (i32.const 256))
    (i32.store (i32.const 516) (i32.const 4))
    (i32.store (i32.const 520) (i32.const {{pointer}}))
    (i32.store (i32.const 524) (i32.const {{size}}))
    (drop (call $fd_write (i32.const 1) (i32.const 512) (i32.const 2) (i32.const 600)))))
