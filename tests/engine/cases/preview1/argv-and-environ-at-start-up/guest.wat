(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include loop
  (func $on_start
    (call $keep (call $args_sizes_get (i32.const 256) (i32.const 260)))
    (call $keep (i32.load (i32.const 256)))
    (call $keep (call $environ_sizes_get (i32.const 256) (i32.const 260)))
    (call $keep (i32.load (i32.const 256))))
  (func $on_batch (param $largest i32) (call $reply_kept))
  (func $on_record (param $length i32)))
