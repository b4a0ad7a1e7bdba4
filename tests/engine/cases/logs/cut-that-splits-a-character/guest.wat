(module
  ;; include transform-v2
  ;; include preview1
  ;; include records
  ;; include log
  ;; include each-record
  (func $write (param $from i32) (param $length i32)
    (call $reply (call $log (i32.const 1) (local.get $from) (local.get $length)))
    (call $reply (i32.load (i32.const 0x116008))))
  (func $on_record (param $length i32)
    (local $at i32)
    (i32.store8 (i32.const 2047) (i32.const 120))
    (local.set $at (i32.const 2048))
    (loop $fill
      (i32.store16 (local.get $at) (i32.const 0xa9c3)) ;; é
      (br_if $fill (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 2))) (i32.const 4096))))
    (call $write (i32.const 2047) (i32.const 1025))
    (call $write (i32.const 2048) (i32.const 1026))))
