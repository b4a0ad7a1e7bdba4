(module
  ;; include transform-v2
  ;; include records
  ;; include loop
  (func $on_start)
  (func $on_batch (param $largest i32)
    (call $reply (i32.load (i32.const 8)))
    (call $reply (i32.load (i32.const 20))))
  (func $on_record (param $length i32) (call $reply64 (i64.load (i32.const 72)))))
