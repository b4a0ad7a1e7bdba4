(module
  ;; include transform-v2
  ;; include records
  ;; include loop
  (func $on_start (call $keep (call $next)))
  (func $on_batch (param $largest i32) (call $reply_kept))
  (func $on_record (param $length i32) (call $echo (local.get $length))))
