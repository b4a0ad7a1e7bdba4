(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (global $seen (mut i32) (i32.const 0))
  (func $on_record (param $length i32)
    (global.set $seen (i32.add (global.get $seen) (i32.const 1)))
    (i32.store (i32.const 256) (i32.add (i32.load (i32.const 256)) (i32.const 1)))
    (if (i32.ne (i32.load (i32.const 256)) (global.get $seen)) (then (unreachable)))
    (if (i32.eq (global.get $seen) (i32.const 3)) (then (unreachable)))
    (call $reply (global.get $seen))))
