(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (table 1 funcref)
  (type $nothing (func))
  (func $on_record (param $length i32) (call_indirect (type $nothing) (i32.const 1))))
