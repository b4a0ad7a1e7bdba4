(module
  ;; include transform-v2
  ;; include records
  (func (export "_start")
    (loop $batches
      (drop (call $header))
      (drop (call $next))
      (memory.copy (i32.const 256) (i32.const 1024) (i32.const 4))
      (drop (call $next))
      (drop (call $write_record (i32.const 1024) (i32.const 4)))
      (drop (call $write_record (i32.const 256) (i32.const 4)))
      (br $batches))))
