(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  (func $initialise (call $proc_exit (i32.const 4)))
  (start $initialise)
  (func (export "_start") (loop $spin (br $spin))))
