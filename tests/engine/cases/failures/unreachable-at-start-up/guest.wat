(module
  ;; include transform-v2
  ;; include records
  ;; include loop
  (func $on_start (unreachable))
  (func $on_batch (param $largest i32))
  (func $on_record (param $length i32)))
