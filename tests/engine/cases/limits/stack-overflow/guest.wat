(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $deep (param $left i32) (result i32)
    (i32.add (i32.const 1) (call $deep (i32.sub (local.get $left) (i32.const 1)))))
  (func $on_record (param $length i32)
    (call $echo (local.get $length))
    (drop (call $deep (i32.const 500)))))
