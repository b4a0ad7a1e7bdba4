(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (data (i32.const 256) "\01\06two")
  (func $on_record (param $length i32)
    (call $echo (local.get $length))
    (drop (call $write_record_with_options (i32.const 1024) (local.get $length) (i32.const 256) (i32.const 5)))
    (if (i32.gt_u (local.get $length) (i32.const 4)) (then (unreachable)))))
