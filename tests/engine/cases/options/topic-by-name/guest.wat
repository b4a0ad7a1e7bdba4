(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (data (i32.const 256) "\01\01\00")
  (data (i32.const 272) "\01\06one\01\06two\01\10drei\c3\9fig")
  (func $write (param $options i32) (param $size i32)
    (call $keep
      (call $write_record_with_options (i32.const 256) (i32.const 3) (local.get $options) (local.get $size))))
  (func $on_record (param $length i32)
    (call $keep (call $write_record (i32.const 256) (i32.const 3)))
    (call $write (i32.const 0) (i32.const 0))
    (call $write (i32.const 272) (i32.const 5))
    (call $write (i32.const 277) (i32.const 5))
    (call $write (i32.const 282) (i32.const 10))
    (call $reply_kept)))
