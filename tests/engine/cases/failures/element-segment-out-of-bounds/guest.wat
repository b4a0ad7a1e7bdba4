(module
  ;; include transform-v2
  ;; include records
  (table 1 funcref)
  (elem (i32.const 1) func $header)
  (func (export "_start") (loop $batches (drop (call $header)) (br $batches))))
