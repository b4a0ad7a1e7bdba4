(module
  ;; include transform-v2
  ;; include records
  (data (i32.const 0x11fffe) "abc")
  (func (export "_start") (loop $batches (drop (call $header)) (br $batches))))
