(module
  ;; include transform-v2
  ;; include records
  (memory 1)
  (func (export "_start") (unreachable)))
