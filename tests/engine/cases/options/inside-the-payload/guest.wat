(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (data (i32.const 256) "\01\0a\01\06two\00")
  (func $on_record (param $length i32)
    (drop (call $write_record_with_options (i32.const 256) (i32.const 8) (i32.const 258) (i32.const 5)))))
