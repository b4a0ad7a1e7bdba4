(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (data (i32.const 256) "{{options}}")
  (data (i32.const 512) "\01\01\00\00")
  (func $on_record (param $length i32)
    (call $reply (call $write_record_with_options
      (i32.const 512) (i32.const 4) (i32.const 256) (i32.const {{size}})))))
