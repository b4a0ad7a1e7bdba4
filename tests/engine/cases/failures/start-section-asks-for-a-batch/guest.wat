(module
  ;; include transform-v2
  ;; include records
  (func $initialise (drop (call $header)))
  (start $initialise)
  (func (export "_start") (unreachable)))
