(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (data (i32.const 256) "\01\01\00")
  (data (i32.const 272) "\04kk\06vvv\02\02h\01")
  (func $on_record (param $length i32)
    (local $first i32) (local $second i32)
    (local.set $first (call $write_record (i32.const 256) (i32.const 3)))
    (local.set $second (call $write_record (i32.const 272) (i32.const 11)))
    (call $reply (local.get $first))
    (call $reply (local.get $second))))
