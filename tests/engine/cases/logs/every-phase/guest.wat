(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include log
  ;; include loop
  (data (i32.const 256) "startbatchrecord")
  (func $on_start (drop (call $log (i32.const 2) (i32.const 256) (i32.const 5))))
  (func $on_batch (param $largest i32) (drop (call $log (i32.const 1) (i32.const 261) (i32.const 5))))
  (func $on_record (param $length i32) (drop (call $log (i32.const 1) (i32.const 266) (i32.const 6)))))
