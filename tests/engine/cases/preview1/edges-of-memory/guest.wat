(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (call $keep (call $args_sizes_get (i32.const 0) (i32.const 0x11fffc)))
    (call $keep (call $args_get (i32.const 0x11fffc) (i32.const 0x11fff0)))
    (call $keep (call $clock_res_get (i32.const 0) (i32.const 0x11fff8)))
    (call $keep (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 0)))
    (call $keep (call $random_get (i32.const 0x11ffff) (i32.const 1)))
    (call $keep (call $random_get (i32.const 0x120000) (i32.const 0)))
    (call $keep (call $fd_prestat_get (i32.const 3) (i32.const 0x11fff8)))
    (call $keep (call $poll_oneoff (i32.const 0x11ffd0) (i32.const 0x11ffe0) (i32.const 0) (i32.const 0x11fffc)))
    (i32.store (i32.const 8) (i32.const 1)) ;; where the header's count was
    (call $reply_kept)))
