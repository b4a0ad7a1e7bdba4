(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (data (i32.const 256) "\01\02a\02\01\02v")
  (func $on_record (param $length i32) (drop (call $write_record (i32.const 256) (i32.const 7)))))
