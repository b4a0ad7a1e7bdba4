  ;; A transform's life. The case has $on_record, given the size of the payload at 1024.
  (func $main (export "_start")
    (local $left i32)
    (local $length i32)
    (call $check_abi_version)
    (loop $batches
      (if (i32.lt_s (call $header) (i32.const 0)) (then (unreachable)))
      (local.set $left (i32.load (i32.const 8)))
      (loop $records
        (if (local.get $left) (then
          (local.set $length (call $next))
          (if (i32.lt_s (local.get $length) (i32.const 0)) (then (unreachable)))
          (call $on_record (local.get $length))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br $records))))
      (br $batches)))
