(module
  ;; include transform-v2
  ;; include records
  (func (export "_start")
    (local $length i32)
    (loop $batches
      (drop (call $header))
      (call $echo (call $next))
      (call $echo (call $next))
      (call $echo (call $next))
      (br $batches))))
