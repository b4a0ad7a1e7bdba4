(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32) {{body}}))
