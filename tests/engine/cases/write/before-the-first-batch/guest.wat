(module
  ;; include transform-v2
  ;; include records
  ;; include loop
  (data (i32.const 256) "\01\01\00")
  (func $on_start
    (call $keep (call $write_record (i32.const 256) (i32.const 3)))
    (call $keep (call $write_record_with_options (i32.const 256) (i32.const 3) (i32.const 0) (i32.const 0))))
  (func $on_batch (param $largest i32) (call $reply_kept))
  (func $on_record (param $length i32)))
