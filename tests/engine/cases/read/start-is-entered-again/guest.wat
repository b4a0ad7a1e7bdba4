(module
  ;; include transform-v2
  ;; include records
  (global $depth (mut i32) (i32.const 0))
  (data (i32.const 256) "inner")
  (func $main (export "_start")
    (local $length i32)
    (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
    (loop $batches
      (if (i32.eq (global.get $depth) (i32.const 1)) (then (drop (call $header))))
      (loop $records
        (local.set $length (call $next))
        (if (i32.ge_s (local.get $length) (i32.const 0)) (then
          (if (i32.eq (global.get $depth) (i32.const 1))
            (then
              (call $reply_bytes (i32.const 256) (i32.const 5))
              (call $main))
            (else (call $echo (local.get $length))))
          (br $records))))
      (drop (call $header))
      (br $batches))))
