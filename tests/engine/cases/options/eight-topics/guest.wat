(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (data (i32.const 256) "\01\04t0")
  (func $on_record (param $length i32)
    (local $topic i32)
    (loop $topics
      (i32.store8 (i32.const 259) (i32.add (i32.const 48) (local.get $topic)))
      (drop (call $write_record_with_options (i32.const 1024) (local.get $length) (i32.const 256) (i32.const 4)))
      (local.set $topic (i32.add (local.get $topic) (i32.const 1)))
      (br_if $topics (i32.lt_u (local.get $topic) (i32.const 8))))))
