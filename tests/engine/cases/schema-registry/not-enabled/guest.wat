(module
  (import "redpanda_schema_registry" "check_abi_version_0" (func $check_abi_version_0))
  (import "redpanda_schema_registry" "get_schema_definition_len"
    (func $get_schema_definition_len (param i32 i32) (result i32)))
  (import "redpanda_schema_registry" "get_schema_definition"
    (func $get_schema_definition (param i32 i32 i32) (result i32)))
  (import "redpanda_schema_registry" "get_subject_schema_len"
    (func $get_subject_schema_len (param i32 i32 i32 i32) (result i32)))
  (import "redpanda_schema_registry" "get_subject_schema"
    (func $get_subject_schema (param i32 i32 i32 i32 i32) (result i32)))
  (import "redpanda_schema_registry" "create_subject_schema"
    (func $create_subject_schema (param i32 i32 i32 i32 i32) (result i32)))
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (data (i32.const 256) "subject")
  (data (i32.const 300) "\00\10\22string\22\00") ;; Avro, its text, no references
  (func $on_record (param $length i32)
    (call $check_abi_version_0)
    (i32.store (i32.const 400) (i32.const 7))
    (i32.store (i32.const 500) (i32.const 7))
    (call $reply (call $get_schema_definition_len (i32.const 1) (i32.const 400)))
    (call $reply (call $get_schema_definition (i32.const 1) (i32.const 500) (i32.const 64)))
    (call $reply (call $get_subject_schema_len (i32.const 256) (i32.const 7) (i32.const -1) (i32.const 400)))
    (call $reply (call $get_subject_schema (i32.const 256) (i32.const 7) (i32.const 1) (i32.const 500) (i32.const 64)))
    (call $reply
      (call $create_subject_schema (i32.const 256) (i32.const 7) (i32.const 300) (i32.const 11) (i32.const 400)))
    (call $reply (i32.load (i32.const 400)))
    (call $reply (i32.load (i32.const 500)))))
