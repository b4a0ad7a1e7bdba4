(module
  ;; include transform-v2
  ;; include records
  (func (export "_start") (drop (call $header))))
