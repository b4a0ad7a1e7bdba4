(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include log
  ;; include each-record
  (data (i32.const 256) "\ta\n\u{e9}\u{20ac}\u{1f389}\u{200b}\u{feff}")
  (func $on_record (param $length i32)
    (drop (call $log (i32.const 1) (i32.const 256) (i32.const 3)))
    (drop (call $log (i32.const 1) (i32.const 259) (i32.const 9)))
    (drop (call $log (i32.const 2) (i32.const 268) (i32.const 6)))))
