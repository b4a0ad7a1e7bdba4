(module
  ;; include transform-v2
  ;; include records
  (func $_start (export "_start") (call $_start) (call $_start)))
