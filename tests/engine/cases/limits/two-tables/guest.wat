(module
  ;; include transform-v2
  ;; include records
  (table 1 funcref)
  (table 1 funcref)
  (func (export "_start") (unreachable)))
