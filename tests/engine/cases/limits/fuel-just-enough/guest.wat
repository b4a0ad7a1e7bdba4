(module
  ;; include transform-v2
  ;; include records
  ;; include burn
  ;; include each-record
  (func $on_record (param $length i32)
    (call $burn (i32.const 1998000))
    (call $echo (local.get $length))))
