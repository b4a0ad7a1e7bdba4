(module
  ;; include transform-v2
  ;; include records
  (func (export "_start")
    (loop $batches
      (drop (call $header))
      (call $reply_bytes (i32.const 1024)
        (call $read_next_record (i32.const 1024) (i32.const 1024) (i32.const 1024) (i32.const 1024) (i32.const 100)))
      (br $batches))))
