(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include log
  ;; include loop
  (data (i32.const 256) "first")
  (data (i32.const 272) "\01\01\00")
  (func $initialise
    (call $keep (call $args_sizes_get (i32.const 512) (i32.const 516)))
    (call $keep (i32.load (i32.const 512)))
    (call $keep (call $next))
    (call $keep (call $write_record (i32.const 272) (i32.const 3)))
    (call $keep (call $log (i32.const 1) (i32.const 256) (i32.const 5))))
  (start $initialise)
  (func $on_start)
  (func $on_batch (param $largest i32) (call $reply_kept))
  (func $on_record (param $length i32) (call $echo (local.get $length))))
