(module
  ;; include transform-v2
  ;; include records
  ;; include loop
  (func $on_start)
  (func $on_batch (param $largest i32) (call $reply (local.get $largest)))
  (func $on_record (param $length i32)))
