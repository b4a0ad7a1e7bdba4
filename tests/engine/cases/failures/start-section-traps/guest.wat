(module
  ;; include transform-v2
  ;; include records
  (func $initialise (unreachable))
  (start $initialise)
  (func (export "_start") (loop $spin (br $spin))))
