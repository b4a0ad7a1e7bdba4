(module
  ;; include transform-v2
  ;; include records
  ;; include burn
  (func (export "_start")
    (drop (call $header))
    (call $burn (i32.const 1200000))
    (drop (call $read_next_record (i32.const 56) (i32.const 64) (i32.const 72) (i32.const 1024) (i32.const 0)))
    (call $burn (i32.const 1200000))))
