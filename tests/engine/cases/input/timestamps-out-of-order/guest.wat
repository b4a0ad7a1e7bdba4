(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32) (call $reply64 (i64.load (i32.const 64)))))
