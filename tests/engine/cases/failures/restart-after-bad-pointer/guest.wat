(module
  ;; include transform-v2
  ;; include records
  ;; include loop
  (func $on_start (call $keep (call $next)))
  (func $on_batch (param $largest i32) (if (i32.eq (i32.load (i32.const 8)) (i32.const 1)) (then (call $reply_kept))))
  (func $on_record (param $length i32)
    (if (i32.gt_u (local.get $length) (i32.const 4)) (then (drop (call $write_record (i32.const -1) (i32.const 1)))))
    (call $echo (local.get $length))))
