(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include burn
  ;; include each-record
  (func $on_record (param $length i32)
    (call $burn (i32.const 1200000))
    (call $echo (local.get $length))
    (drop (call $sched_yield))
    (call $burn (i32.const 1200000))))
