(module
  ;; include transform-v2
  ;; include records
  ;; include loop
  (func $on_start)
  (func $on_batch (param $largest i32)
    (call $reply64 (i64.load (i32.const 0)))
    (call $reply (i32.load (i32.const 8)))
    (call $reply (i32.load (i32.const 12)))
    (call $reply (i32.load16_u (i32.const 16)))
    (call $reply (i32.load (i32.const 20)))
    (call $reply64 (i64.load (i32.const 24)))
    (call $reply64 (i64.load (i32.const 32)))
    (call $reply64 (i64.load (i32.const 40)))
    (call $reply (i32.load16_s (i32.const 48)))
    (call $reply (i32.load (i32.const 52))))
  (func $on_record (param $length i32)))
