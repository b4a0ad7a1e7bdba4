(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (data (i32.const 256) "\01\01\00")
  (func $on_record (param $length i32)
    (drop (call $write_record_with_options (i32.const {{payload}}) (i32.const {{size}})
      (i32.const {{options}}) (i32.const {{options_size}})))))
