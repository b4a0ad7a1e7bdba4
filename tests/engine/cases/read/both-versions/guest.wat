(module
  (import "redpanda_transform" "check_abi_version_1" (func $check_abi_version_1))
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (call $check_abi_version_1)
    (call $check_abi_version)
    (call $echo (local.get $length))))
