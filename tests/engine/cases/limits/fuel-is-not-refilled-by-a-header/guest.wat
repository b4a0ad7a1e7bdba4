(module
  ;; include transform-v2
  ;; include records
  ;; include burn
  ;; include loop
  (func $on_start)
  (func $on_batch (param $largest i32) (call $burn (i32.const 1200000))) ;; the first one on start-up's fuel
  (func $on_record (param $length i32)
    (call $burn (i32.const 1200000))
    (call $echo (local.get $length))))
