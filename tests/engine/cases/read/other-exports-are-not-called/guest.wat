(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $on_record (export "on_record") (param $length i32) (call $echo (local.get $length)))
  (func $never (unreachable))
  (export "_initialize" (func $never))
  (export "__main_void" (func $never))
  (export "malloc" (func $never))
  (export "transform" (func $never)))
