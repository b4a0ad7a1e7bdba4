(module
  (import "wasi_snapshot_preview1" "{{name}}" (func $call (param {{params}}) (result i32)))
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (call $reply (call $call {{arguments}}))
    (call $reply (i32.load (i32.const 256))))) ;; nothing was answered
