(module
  ;; include transform-v2
  (memory (export "memory") 33)
  (func (export "_start") (unreachable)))
