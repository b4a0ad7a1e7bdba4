(module
  ;; include transform-v2
  ;; include records
  (func (export "_start")
    (call $check_abi_version)
    (loop $batches
      (drop (call $read_batch_header (i32.const 256) (i32.const 256) (i32.const 256) (i32.const 256) (i32.const 256)
        (i32.const 256) (i32.const 256) (i32.const 256) (i32.const 256) (i32.const 256)))
      (call $reply (i32.load (i32.const 256)))
      (br $batches))))
