(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $on_record (param $length i32)
    (local $n i32)
    (loop $more
      (call $reply (local.tee $n (i32.add (local.get $n) (i32.const 1))))
      (br_if $more (i32.lt_u (local.get $n) (i32.const 12))))))
