(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32) (drop (call $write_record (i32.const {{pointer}}) (i32.const {{size}})))))
