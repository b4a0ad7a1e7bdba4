(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (data (i32.const 256) "{{options}}")
  (func $on_record (param $length i32)
    (call $reply (call $write_record_with_options
      (i32.const 1024) (local.get $length) (i32.const 256) (i32.const {{size}})))))
