(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include log
  ;; include each-record

  (data (i32.const 300) "{{text}}\n") ;; which ends where a newline follows
  (func $on_record (param $length i32)
    (local $end i32)
    (local.set $end (i32.const 320))
    (loop $back ;; to the newline at the end
      (local.set $end (i32.sub (local.get $end) (i32.const 1)))
      (br_if $back (i32.ne (i32.load8_u (local.get $end)) (i32.const 10))))
    (call $reply (call $log (i32.const 1) (i32.const 300) (i32.sub (local.get $end) (i32.const 300))))
    (call $reply (i32.eq (i32.load (i32.const 0x116008)) (i32.sub (local.get $end) (i32.const 300))))))
