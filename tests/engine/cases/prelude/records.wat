  ;; Reading and writing. Memory (18 pages, which end at 0x120000): 0 to 79 what the reads answer, 1024 to 0x1003ff the
  ;; record, 0x117000 to 0x117fff what is kept, 0x118000 to 0x11ffff the replies. 256 to 1023 and 0x110000 to 0x116fff
  ;; are the case's own.
  (memory (export "memory") 18)
  (global $kept (mut i32) (i32.const 0x117000))

  ;; The next batch's header: base offset at 0, record count 8, leader epoch 12, attributes 16, last offset delta 20,
  ;; first timestamp 24, max timestamp 32, producer id 40, producer epoch 48, base sequence 52.
  (func $header (result i32)
    (call $read_batch_header (i32.const 0) (i32.const 8) (i32.const 12) (i32.const 16) (i32.const 20)
      (i32.const 24) (i32.const 32) (i32.const 40) (i32.const 48) (i32.const 52)))

  ;; The next record: attributes at 56, timestamp 64, offset 72, payload 1024.
  (func $next (result i32)
    (call $read_next_record (i32.const 56) (i32.const 64) (i32.const 72) (i32.const 1024) (i32.const 0x100000)))

  ;; Writes the record just read.
  (func $echo (param $length i32)
    (if (i32.ne (call $write_record (i32.const 1024) (local.get $length)) (local.get $length)) (then (unreachable))))

  ;; Writes a record of a null key and, as its value, the $length bytes at $from (up to 8191).
  (func $reply_bytes (param $from i32) (param $length i32)
    (local $at i32)
    (i32.store8 (i32.const 0x118000) (i32.const 1)) ;; null
    (if (i32.lt_u (local.get $length) (i32.const 64))
      (then
        (i32.store8 (i32.const 0x118001) (i32.shl (local.get $length) (i32.const 1)))
        (local.set $at (i32.const 0x118002)))
      (else
        (i32.store8 (i32.const 0x118001) (i32.or (i32.shl (local.get $length) (i32.const 1)) (i32.const 0x80)))
        (i32.store8 (i32.const 0x118002) (i32.shr_u (local.get $length) (i32.const 6)))
        (local.set $at (i32.const 0x118003))))
    (memory.copy (local.get $at) (local.get $from) (local.get $length))
    (local.set $at (i32.add (local.get $at) (local.get $length)))
    (i32.store8 (local.get $at) (i32.const 0)) ;; no headers
    (local.set $length (i32.sub (i32.add (local.get $at) (i32.const 1)) (i32.const 0x118000)))
    (if (i32.ne (call $write_record (i32.const 0x118000) (local.get $length)) (local.get $length))
      (then (unreachable))))

  ;; Writes a number as a value of four or eight bytes.
  (func $reply (param $number i32)
    (i32.store (i32.const 0x119ff0) (local.get $number))
    (call $reply_bytes (i32.const 0x119ff0) (i32.const 4)))
  (func $reply64 (param $number i64)
    (i64.store (i32.const 0x119ff0) (local.get $number))
    (call $reply_bytes (i32.const 0x119ff0) (i32.const 8)))

  ;; Keeps a number, from where nothing can be written, for $reply_kept.
  (func $keep (param $number i32)
    (i32.store (global.get $kept) (local.get $number))
    (global.set $kept (i32.add (global.get $kept) (i32.const 4))))
  (func $reply_kept
    (local $at i32)
    (local.set $at (i32.const 0x117000))
    (loop $each
      (if (i32.lt_u (local.get $at) (global.get $kept)) (then
        (call $reply (i32.load (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $each))))
    (global.set $kept (i32.const 0x117000)))
