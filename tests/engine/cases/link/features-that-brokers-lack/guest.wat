(module
  (import "redpanda_transform" "check_abi_version_2" (func))
  (memory (export "memory") 1)
  {{declaration}}
  (func (export "_start")))
