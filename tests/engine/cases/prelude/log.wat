  ;; Writes the $length bytes at $from to a stream by one fd_write; 0x116008 then has what it says it has written.
  (func $log (param $fd i32) (param $from i32) (param $length i32) (result i32)
    (i32.store (i32.const 0x116000) (local.get $from))
    (i32.store (i32.const 0x116004) (local.get $length))
    (call $fd_write (local.get $fd) (i32.const 0x116000) (i32.const 1) (i32.const 0x116008)))
