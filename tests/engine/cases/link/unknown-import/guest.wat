(module
  (import {{import}}) ;; {{name}}
  (memory (export "memory") 1)
  (func (export "_start")))
