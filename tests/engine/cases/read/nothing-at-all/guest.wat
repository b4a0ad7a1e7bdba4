(module
  ;; include transform-v2
  ;; include records
  (func (export "_start") (loop $batches (drop (call $header)) (br $batches))))
