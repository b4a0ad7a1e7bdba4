(module
  ;; include transform-v2
  ;; include records
  ;; include loop
  (func $on_start (memory.fill (i32.const 0) (i32.const 0xaa) (i32.const 80)))
  (func $on_batch (param $largest i32)
    (i32.store (i32.const 256) (i32.load (i32.const 16)))
    (i32.store (i32.const 260) (i32.load (i32.const 48)))
    (call $reply_bytes (i32.const 256) (i32.const 8)))
  (func $on_record (param $length i32)))
