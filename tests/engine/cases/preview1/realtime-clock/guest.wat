(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include loop
  (func $now (result i64)
    (drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 256)))
    (i64.load (i32.const 256)))
  (func $on_start
    (i64.store (i32.const 256) (i64.const -1))
    (call $keep (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 256)))
    (call $keep (i32.wrap_i64 (i64.load (i32.const 256)))))
  (func $on_batch (param $largest i32)
    (call $reply_kept)
    (call $reply64 (call $now)))
  (func $on_record (param $length i32) (call $reply64 (call $now))))
