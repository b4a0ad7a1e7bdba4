(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (call $reply (i32.load8_u (i32.const 56)))
    (call $reply64 (i64.load (i32.const 64)))
    (call $reply64 (i64.load (i32.const 72)))))
