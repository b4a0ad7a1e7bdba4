(module
  ;; include transform-v2
  ;; include records
  (func $main (export "_start") (loop $spin (br $spin))))
