(module
  ;; include transform-v2
  ;; include records
  (func (export "_start") (call $check_abi_version)))
