(module
  ;; include transform-v2
  ;; include records
  (func (export "_start")
    (drop (call $read_next_record (i32.const 56) (i32.const 64) (i32.const 72) (i32.const 0x11ffff) (i32.const 2)))))
