(module
  ;; include transform-v2
  ;; include records
  ;; include burn
  ;; include loop
  (func $on_start (call $burn (i32.const 1800000)))
  (func $on_batch (param $largest i32))
  (func $on_record (param $length i32)
    (call $burn (i32.const 1800000))
    (call $echo (local.get $length))))
