(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $convert (param $number f64) (result i32) (i32.trunc_f64_s (local.get $number)))
  (func $on_record (param $length i32) (drop (call $convert (f64.const nan)))))
