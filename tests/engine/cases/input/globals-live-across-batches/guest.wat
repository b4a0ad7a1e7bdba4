(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (global $seen (mut i32) (i32.const 0))
  (func $on_record (param $length i32)
    (global.set $seen (i32.add (global.get $seen) (i32.const 1)))
    (call $reply (global.get $seen))))
