(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (call $reply (call $args_sizes_get (i32.const 256) (i32.const 256)))
    (call $reply (i32.load (i32.const 256)))
    (call $reply (call $args_get (i32.const 256) (i32.const 256)))
    (call $reply (i32.load (i32.const 256)))))
