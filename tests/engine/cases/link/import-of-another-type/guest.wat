(module
  (import {{import}})
  (memory (export "memory") 1)
  (func (export "_start")))
