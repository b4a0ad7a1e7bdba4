(module
  (import "redpanda_schema_registry" "check_abi_version_0" (func $check_abi_version_0))
  (import "redpanda_schema_registry" "get_schema_definition_len"
    (func $get_schema_definition_len (param i32 i32) (result i32)))
  ;; include transform-v2
  ;; include records
  ;; include loop
  (func $on_start
    (call $check_abi_version_0)
    (call $keep (call $get_schema_definition_len (i32.const 1) (i32.const 256))))
  (func $on_batch (param $largest i32) (call $reply_kept))
  (func $on_record (param $length i32)))
