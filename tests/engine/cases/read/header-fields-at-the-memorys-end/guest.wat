(module
  ;; include transform-v2
  ;; include records
  (func (export "_start")
    (loop $batches
      (drop (call $read_batch_header (i32.const 0x11fff8) (i32.const 0) (i32.const 12) (i32.const 16) (i32.const 20)
        (i32.const 24) (i32.const 32) (i32.const 40) (i32.const 48) (i32.const 0x11fff4)))
      (call $reply64 (i64.load (i32.const 0x11fff8)))
      (call $reply (i32.load (i32.const 0x11fff4)))
      (call $reply (i32.load (i32.const 0)))
      (br $batches))))
