(module
  (import "redpanda_schema_registry" "{{name}}" (func $call (param {{params}}) (result i32)))
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32) (drop (call $call {{arguments}}))))
