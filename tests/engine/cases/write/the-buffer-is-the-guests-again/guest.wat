(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (call $echo (local.get $length))
    (memory.fill (i32.const 1024) (i32.const 0xff) (i32.const 64))))
