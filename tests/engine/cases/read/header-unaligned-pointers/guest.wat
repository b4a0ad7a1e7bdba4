(module
  ;; include transform-v2
  ;; include records
  (func (export "_start")
    (call $check_abi_version)
    (loop $batches
      (drop (call $read_batch_header (i32.const 257) (i32.const 267) (i32.const 273) (i32.const 279) (i32.const 283)
        (i32.const 289) (i32.const 299) (i32.const 309) (i32.const 319) (i32.const 323)))
      (drop (call $read_next_record (i32.const 400) (i32.const 401) (i32.const 411) (i32.const 421) (i32.const 500)))
      (call $reply64 (i64.load (i32.const 257)))
      (call $reply (i32.load (i32.const 267)))
      (call $reply64 (i64.load (i32.const 401)))
      (call $reply64 (i64.load (i32.const 411)))
      (br $batches))))
