(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $compute (param $one i32) (result i32) {{body}})
  (func $on_record (param $length i32) (drop (call $compute (i32.const 1)))))
