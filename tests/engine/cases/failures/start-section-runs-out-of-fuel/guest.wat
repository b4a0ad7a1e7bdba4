(module
  ;; include transform-v2
  ;; include records
  (func $initialise (loop $spin (br $spin)))
  (start $initialise)
  (func (export "_start") (unreachable)))
