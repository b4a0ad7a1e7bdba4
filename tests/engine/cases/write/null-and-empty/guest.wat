(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (data (i32.const 256) "\01\01\00\01\00\00\00\01\00\00\00\00")
  (func $on_record (param $length i32)
    (drop (call $write_record (i32.const 256) (i32.const 3)))
    (drop (call $write_record (i32.const 259) (i32.const 3)))
    (drop (call $write_record (i32.const 262) (i32.const 3)))
    (drop (call $write_record (i32.const 265) (i32.const 3)))))
