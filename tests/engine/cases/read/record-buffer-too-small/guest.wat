(module
  ;; include transform-v2
  ;; include records
  (func (export "_start")
    (loop $batches
      (drop (call $header))
      (memory.fill (i32.const 1024) (i32.const 0xaa) (i32.const 8))
      (call $reply
        (call $read_next_record (i32.const 56) (i32.const 64) (i32.const 72) (i32.const 1024) (i32.const 5)))
      (call $reply
        (call $read_next_record (i32.const 56) (i32.const 64) (i32.const 72) (i32.const 1024) (i32.const 0)))
      (call $reply_bytes (i32.const 1024) (i32.const 8))
      (call $reply (call $next))
      (br $batches))))
