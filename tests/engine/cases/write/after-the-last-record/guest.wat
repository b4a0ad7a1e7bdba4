(module
  ;; include transform-v2
  ;; include records
  (func (export "_start")
    (local $first i32) (local $second i32)
    (loop $batches
      (drop (call $header))
      (local.set $first (call $next))
      (local.set $second (call $next))
      (call $reply (local.get $first))
      (call $reply (local.get $second))
      (br $batches))))
