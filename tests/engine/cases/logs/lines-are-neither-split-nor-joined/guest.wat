(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include log
  ;; include each-record
  (data (i32.const 256) "a\nb\n")
  (func $on_record (param $length i32)
    (drop (call $log (i32.const 1) (i32.const 256) (i32.const 4)))
    (drop (call $log (i32.const 1) (i32.const 256) (i32.const 1)))
    (drop (call $log (i32.const 1) (i32.const 257) (i32.const 1)))))
