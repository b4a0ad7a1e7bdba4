(module
  (import "redpanda_transform" "check_abi_version_2" (func))
  {{exports}})
