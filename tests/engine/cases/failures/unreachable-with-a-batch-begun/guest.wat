(module
  ;; include transform-v2
  ;; include records
  ;; include loop
  (func $on_start)
  (func $on_batch (param $largest i32) (if (i32.eq (i32.load (i32.const 0)) (i32.const 2)) (then (unreachable))))
  (func $on_record (param $length i32) (call $echo (local.get $length))))
