(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include log
  ;; include each-record
  (data (i32.const 256) "no")
  (func $on_record (param $length i32)
    (call $echo (local.get $length))
    (drop (call $log (i32.const 2) (i32.const 256) (i32.const 2)))
    (unreachable)))
