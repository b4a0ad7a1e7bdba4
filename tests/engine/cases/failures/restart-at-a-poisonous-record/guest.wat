(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (call $echo (local.get $length))
    (if (i32.gt_u (local.get $length) (i32.const 4)) (then (unreachable)))))
