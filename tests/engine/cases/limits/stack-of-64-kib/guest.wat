(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $deep (param $left i32) (result i32)
    (if (result i32) (local.get $left)
      (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get $left) (i32.const 1)))))
      (else (i32.const 0))))
  (func $on_record (param $length i32) (call $reply (call $deep (i32.const 500)))))
