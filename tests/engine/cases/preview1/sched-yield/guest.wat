(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include loop
  (func $on_start (call $keep (call $sched_yield)))
  (func $on_batch (param $largest i32) (call $reply_kept))
  (func $on_record (param $length i32) (call $reply (call $sched_yield))))
