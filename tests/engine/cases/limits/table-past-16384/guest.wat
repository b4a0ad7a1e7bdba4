(module
  ;; include transform-v2
  ;; include records
  (table 16385 funcref)
  (func (export "_start") (unreachable)))
