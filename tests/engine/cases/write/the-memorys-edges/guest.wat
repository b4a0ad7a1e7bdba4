(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (local $first i32) (local $last i32)
    (i32.store (i32.const 0) (i32.const 0x000101))
    (i32.store (i32.const 0x11fffc) (i32.const 0x00010100))
    (local.set $first (call $write_record (i32.const 0) (i32.const 3)))
    (local.set $last (call $write_record (i32.const 0x11fffd) (i32.const 3)))
    (i32.store (i32.const 8) (i32.const 1)) ;; where the header's count was
    (call $reply (local.get $first))
    (call $reply (local.get $last))
    (call $reply (call $write_record (i32.const 0x120000) (i32.const 0)))))
