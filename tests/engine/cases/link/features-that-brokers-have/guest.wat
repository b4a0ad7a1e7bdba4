(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $two (result i32 i32) (i32.const 3) (i32.const 4))
  (func $nine (result i32) (i32.const 9))
  (func $tail (result i32) (return_call $nine))
  (func $on_record (param $length i32)
    (call $reply (i32x4.extract_lane 2 (v128.const i32x4 1 2 3 4)))
    (call $two)
    (call $reply (i32.add))
    (call $reply (i32.extend8_s (i32.const 0xff)))
    (call $reply (i32.trunc_sat_f64_s (f64.const 1e300)))
    (call $reply (ref.is_null (ref.null func)))
    (call $reply (call $tail))))
