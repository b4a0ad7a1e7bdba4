(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include log
  ;; include each-record
  (data (i32.const 256) "a\c2\85\c2\9bb")
  (func $on_record (param $length i32) (drop (call $log (i32.const 1) (i32.const 256) (i32.const 6)))))
