(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32) (call $reply_bytes (i32.const 1024) (local.get $length))))
