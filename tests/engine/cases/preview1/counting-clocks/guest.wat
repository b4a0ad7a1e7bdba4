(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include loop
  (func $look (param $clock i32) (result i32)
    (drop (call $clock_time_get (local.get $clock) (i64.const 1) (i32.const 256)))
    (i32.load (i32.const 256)))
  (func $on_start
    (call $keep (call $look (i32.const 1)))
    (call $keep (call $look (i32.const 2)))
    (call $keep (call $look (i32.const 3))))
  (func $on_batch (param $largest i32)
    (call $reply_kept)
    (call $reply (call $look (i32.const 1))))
  (func $on_record (param $length i32)
    (drop (call $look (i32.const 0)))
    (call $reply (call $look (i32.const 3)))
    (call $reply (call $look (i32.const 1)))))
