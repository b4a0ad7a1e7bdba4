(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (data (i32.const 256) "{{payload}}")
  (func $on_record (param $length i32) (call $reply (call $write_record (i32.const 256) (i32.const {{size}})))))
