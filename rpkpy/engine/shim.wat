;; The transform's ABI and the broker's WASI, beside the guest: records go between the guest's memory and the batch
;; memory without a call out of WebAssembly.
;;
;;   $g  the guest's memory
;;   $h  the batch memory, which the host owns: the control block, texts, the log area, an output area for each
;;       output topic (a slot), and the input
;;
;; The input is a run of Kafka v2 record batches, as a fetch answers them. The output is a run of finished batches in
;; each slot's area (all but their checksums). The host is called when the guest wants more input (`next`), when an
;; area is full (`flush`), when the guest did what ends it (`fault`), and for each record if it counts fuel (`meter`).
;;
;; Everything the guest passes is checked before it is used, over its whole length, as the broker's calling layer does;
;; everything in the input is checked once, by $check, before the guest sees any of it.
;;
;; Locals $m and $n in the long functions hold the bytes of a varint: calls are dear where fuel is counted, so varints of
;; one and two bytes are read and written in place.
(module $rpkpy.shim
  (import "host" "next" (func $host_next))
  (import "host" "flush" (func $host_flush (param $slot i32)))              ;; -1: the log area
  (import "host" "fault" (func $host_fault (param $kind i32) (param i32 i32)))  ;; does not return
  (import "host" "meter" (func $host_meter))
  (import "guest" "memory" (memory $g 0))
  (import "host" "batches" (memory $h 1))

  ;; The control block: where each field stands. layout.py reads this table.
  (global $CURSOR i32 (i32.const 0))          ;; u32: the next batch of the input
  (global $END i32 (i32.const 4))             ;; u32: the end of the input
  (global $STATUS i32 (i32.const 8))          ;; i32: what $check said of the input
  (global $ACTIVE i32 (i32.const 12))         ;; i32: whether a batch is being read
  (global $SKIP_UNTIL i32 (i32.const 16))     ;; i64: records of smaller offsets are not shown
  (global $WRITE_TIME i32 (i32.const 24))     ;; i64: ms, the timestamp of what is written
  (global $RECORDS_IN i32 (i32.const 32))     ;; i64: records read so far
  (global $RECORDS_OUT i32 (i32.const 40))    ;; i64: records written so far
  (global $PHASE i32 (i32.const 48))          ;; i32: 0 start, 1 batch, 2 record
  (global $METER i32 (i32.const 52))          ;; i32: whether `meter` is called
  (global $RECORD i32 (i32.const 56))         ;; u32: the next record of the batch
  (global $LEFT i32 (i32.const 60))           ;; i32: records of the batch still to be read
  (global $BASE_OFFSET i32 (i32.const 64))    ;; i64: of the batch
  (global $FIRST_TIME i32 (i32.const 72))     ;; i64: ms, of the batch
  (global $MAX_TIME i32 (i32.const 80))       ;; i64: ms, of the batch
  (global $APPEND_TIME i32 (i32.const 88))    ;; i32: whether the batch's records carry its max timestamp
  (global $REALTIME i32 (i32.const 96))       ;; i64: ms, what the realtime clock says
  (global $MONOTONIC i32 (i32.const 104))     ;; i64: ns, what the other clocks say next
  (global $OFFSET i32 (i32.const 112))        ;; i64: of the record read last
  (global $TIME i32 (i32.const 120))          ;; i64: ms, of the record read last
  (global $MAX_BATCH i32 (i32.const 128))     ;; i32: bytes of a batch that is written
  (global $MAX_RECORD i32 (i32.const 132))    ;; u32: bytes of a payload that is written
  (global $SLOTS i32 (i32.const 136))         ;; u32: where the slots stand
  (global $SLOTS_END i32 (i32.const 140))     ;; u32: where they end
  (global $LOG i32 (i32.const 144))           ;; u32: where the next log event goes
  (global $LOG_END i32 (i32.const 148))       ;; u32: the end of the log area
  (global $LOG_LINE i32 (i32.const 152))      ;; i32: bytes kept of an event
  (global $PAGES i32 (i32.const 156))         ;; u32: the guest's memory when it last asked for input
  (global $ARGUMENTS i32 (i32.const 160))     ;; u32 x 3: how many, where, bytes
  (global $ENVIRONMENT i32 (i32.const 172))   ;; u32 x 3: how many, where, bytes
  (global $CARRY i32 (i32.const 184))         ;; i32: whether what is written has the time of the record it was made of

  ;; A slot, 64 bytes.
  (global $SLOT_FREE i32 (i32.const 0))       ;; u32: where the next record or batch goes
  (global $SLOT_END i32 (i32.const 4))        ;; u32: the end of the area
  (global $SLOT_BATCH i32 (i32.const 8))      ;; u32: the batch being written, 0 for none
  (global $SLOT_COUNT i32 (i32.const 12))     ;; i32: records in it
  (global $SLOT_NAME i32 (i32.const 16))      ;; u32: the topic's name
  (global $SLOT_NAME_BYTES i32 (i32.const 20)) ;; u32
  (global $SLOT_AT i32 (i32.const 24))        ;; i64: RECORDS_IN when it was written to last
  (global $SLOT_WRITTEN i32 (i32.const 32))   ;; i32: records written since that record was read
  (global $SLOT_FIRST_TIME i32 (i32.const 40)) ;; i64: ms, of the batch's first record, if times are carried
  (global $SLOT_MAX_TIME i32 (i32.const 48))  ;; i64: ms, the batch's latest
  (global $SLOT_BYTES i32 (i32.const 64))     ;; the size of a slot

  ;; Kinds of faults.
  (global $FAULT_POINTER i32 (i32.const 1))   ;; pointer, length
  (global $FAULT_OPTIONS i32 (i32.const 2))
  (global $FAULT_EXIT i32 (i32.const 3))      ;; exit code
  (global $FAULT_RECORD i32 (i32.const 4))    ;; a record larger than MAX_RECORD: its bytes

  ;; What $check says.
  (global $FINE i32 (i32.const 0))
  (global $MALFORMED i32 (i32.const 1))
  (global $COMPRESSED i32 (i32.const 2))

  ;; ---- integers ----

  (func $swap32 (param $v i32) (result i32)
    (i32.or (i32.and (i32.rotl (local.get $v) (i32.const 8)) (i32.const 0x00ff00ff))
            (i32.and (i32.rotr (local.get $v) (i32.const 8)) (i32.const 0xff00ff00))))

  (func $put_be32 (param $p i32) (param $v i32) (i32.store $h (local.get $p) (call $swap32 (local.get $v))))

  (func $put_be64 (param $p i32) (param $v i64)
    (call $put_be32 (local.get $p) (i32.wrap_i64 (i64.shr_u (local.get $v) (i64.const 32))))
    (call $put_be32 (i32.add (local.get $p) (i32.const 4)) (i32.wrap_i64 (local.get $v))))

  ;; The zigzag varint at $p of $h, which ends before $e, and the position after it (0: it is cut
  ;; short, or longer than 64 bits).
  (func $varint (param $p i32) (param $e i32) (result i64 i32)
    (local $byte i64) (local $value i64) (local $shift i64)
    (loop $more
      (if (i32.or (i32.ge_u (local.get $p) (local.get $e)) (i64.gt_u (local.get $shift) (i64.const 63)))
        (then (return (i64.const 0) (i32.const 0))))
      (local.set $byte (i64.load8_u $h (local.get $p)))
      (if (i32.and (i64.eq (local.get $shift) (i64.const 63)) (i64.gt_u (local.get $byte) (i64.const 1)))
        (then (return (i64.const 0) (i32.const 0))))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (local.set $value
        (i64.or (local.get $value)
                (i64.shl (i64.and (local.get $byte) (i64.const 127)) (local.get $shift))))
      (local.set $shift (i64.add (local.get $shift) (i64.const 7)))
      (br_if $more (i64.ge_u (local.get $byte) (i64.const 128))))
    (i64.xor (i64.shr_u (local.get $value) (i64.const 1))
             (i64.sub (i64.const 0) (i64.and (local.get $value) (i64.const 1))))
    (local.get $p))

  ;; The same in $g.
  (func $guest_varint (param $p i32) (param $e i32) (result i64 i32)
    (local $byte i64) (local $value i64) (local $shift i64)
    (loop $more
      (if (i32.or (i32.ge_u (local.get $p) (local.get $e)) (i64.gt_u (local.get $shift) (i64.const 63)))
        (then (return (i64.const 0) (i32.const 0))))
      (local.set $byte (i64.load8_u $g (local.get $p)))
      (if (i32.and (i64.eq (local.get $shift) (i64.const 63)) (i64.gt_u (local.get $byte) (i64.const 1)))
        (then (return (i64.const 0) (i32.const 0))))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (local.set $value
        (i64.or (local.get $value)
                (i64.shl (i64.and (local.get $byte) (i64.const 127)) (local.get $shift))))
      (local.set $shift (i64.add (local.get $shift) (i64.const 7)))
      (br_if $more (i64.ge_u (local.get $byte) (i64.const 128))))
    (i64.xor (i64.shr_u (local.get $value) (i64.const 1))
             (i64.sub (i64.const 0) (i64.and (local.get $value) (i64.const 1))))
    (local.get $p))

  ;; Write $v, below 2^28, as a varint of up to four bytes at $p of $h; the position after it.
  (func $put_varint (param $p i32) (param $v i32) (result i32)
    (loop $more
      (if (i32.ge_u (local.get $v) (i32.const 128))
        (then
          (i32.store8 $h (local.get $p) (i32.or (local.get $v) (i32.const 128)))
          (local.set $v (i32.shr_u (local.get $v) (i32.const 7)))
          (local.set $p (i32.add (local.get $p) (i32.const 1)))
          (br $more))))
    (i32.store8 $h (local.get $p) (local.get $v))
    (i32.add (local.get $p) (i32.const 1)))

  ;; Write $v as a varint at $p of $h; the position after it.
  (func $put_varint64 (param $p i32) (param $v i64) (result i32)
    (loop $more
      (if (i64.ge_u (local.get $v) (i64.const 128))
        (then
          (i64.store8 $h (local.get $p) (i64.or (local.get $v) (i64.const 128)))
          (local.set $v (i64.shr_u (local.get $v) (i64.const 7)))
          (local.set $p (i32.add (local.get $p) (i32.const 1)))
          (br $more))))
    (i64.store8 $h (local.get $p) (local.get $v))
    (i32.add (local.get $p) (i32.const 1)))

  ;; ---- the guest's pointers ----

  (func $guest_bytes (result i64) (i64.shl (i64.extend_i32_u (memory.size $g)) (i64.const 16)))

  (func $need (param $p i32) (param $bytes i32)
    (if (i64.gt_u (i64.add (i64.extend_i32_u (local.get $p)) (i64.extend_i32_u (local.get $bytes)))
                  (call $guest_bytes))
      (then (call $host_fault (global.get $FAULT_POINTER) (local.get $p) (local.get $bytes)) (unreachable))))

  ;; $count items of $size bytes each.
  (func $need_many (param $p i32) (param $count i32) (param $size i32)
    (local $bytes i64)
    (local.set $bytes (i64.mul (i64.extend_i32_u (local.get $count)) (i64.extend_i32_u (local.get $size))))
    (if (i64.gt_u (i64.add (i64.extend_i32_u (local.get $p)) (local.get $bytes)) (call $guest_bytes))
      (then
        (call $host_fault (global.get $FAULT_POINTER) (local.get $p)
          (select (i32.wrap_i64 (local.get $bytes)) (i32.const -1)
                  (i64.lt_u (local.get $bytes) (i64.const 0xffffffff))))
        (unreachable))))

  ;; ---- the input ----

  ;; Test every batch from CURSOR to END: framing, version, codec, each record's lengths. What read_batch_header answers,
  ;; the size of the largest payload, is left where the batch's checksum was.
  (func $check (result i32)
    (local $b i32) (local $end i32) (local $next i32) (local $p i32) (local $q i32) (local $record_end i32)
    (local $left i32) (local $largest i32) (local $attributes i32) (local $m i32) (local $n i32) (local $length i64)
    (local.set $b (i32.load $h (global.get $CURSOR)))
    (local.set $end (i32.load $h (global.get $END)))
    (block $malformed
      (loop $batches
        (if (i32.eq (local.get $b) (local.get $end)) (then (return (global.get $FINE))))
        (br_if $malformed (i32.lt_u (i32.sub (local.get $end) (local.get $b)) (i32.const 61)))
        (local.set $m (i32x4.extract_lane 0
          (i8x16.shuffle 3 2 1 0 0 0 0 0 0 0 0 0 0 0 0 0
            (v128.load32_zero $h offset=8 (local.get $b)) (v128.const i64x2 0 0))))
        (br_if $malformed (i32.lt_s (local.get $m) (i32.const 49)))
        (br_if $malformed
          (i32.gt_u (local.get $m) (i32.sub (i32.sub (local.get $end) (local.get $b)) (i32.const 12))))
        (local.set $next (i32.add (i32.add (local.get $b) (i32.const 12)) (local.get $m)))
        (br_if $malformed (i32.ne (i32.load8_u $h offset=16 (local.get $b)) (i32.const 2)))
        ;; neither base offset, last offset delta nor record count is negative
        (br_if $malformed
          (i32.and
            (i32.or (i32.or (i32.load8_u $h (local.get $b)) (i32.load8_u $h offset=23 (local.get $b)))
                    (i32.load8_u $h offset=57 (local.get $b)))
            (i32.const 0x80)))
        (local.set $left (i32x4.extract_lane 0
          (i8x16.shuffle 3 2 1 0 0 0 0 0 0 0 0 0 0 0 0 0
            (v128.load32_zero $h offset=57 (local.get $b)) (v128.const i64x2 0 0))))
        (local.set $attributes (i32.load8_u $h offset=22 (local.get $b)))  ;; the low byte
        (block $checked
          (br_if $checked (i32.and (local.get $attributes) (i32.const 0x20)))  ;; a control batch is not shown
          (if (i32.and (local.get $attributes) (i32.const 7)) (then (return (global.get $COMPRESSED))))
          (local.set $p (i32.add (local.get $b) (i32.const 61)))
          (local.set $largest (i32.const 0))
          (block $all (loop $records
            (br_if $all (i32.eqz (local.get $left)))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            ;; its length
            (br_if $malformed (i32.ge_u (local.get $p) (local.get $next)))
            (local.set $m (i32.load8_u $h (local.get $p)))
            (if (i32.lt_u (local.get $m) (i32.const 128))
              (then
                (br_if $malformed (i32.and (local.get $m) (i32.const 1)))
                (local.set $q (i32.add (local.get $p) (i32.const 1)))
                (local.set $m (i32.shr_u (local.get $m) (i32.const 1))))
              (else
                (local.set $n (i32.load8_u $h offset=1 (local.get $p)))
                (if (i32.and (i32.lt_u (local.get $n) (i32.const 128)) (i32.eqz (i32.and (local.get $m) (i32.const 1))))
                  (then
                    (local.set $q (i32.add (local.get $p) (i32.const 2)))
                    (local.set $m (i32.or (i32.shr_u (i32.and (local.get $m) (i32.const 127)) (i32.const 1))
                                          (i32.shl (local.get $n) (i32.const 6)))))
                  (else
                    (call $varint (local.get $p) (local.get $next)) (local.set $q) (local.set $length)
                    (br_if $malformed (i32.eqz (local.get $q)))
                    (br_if $malformed (i64.gt_u (local.get $length) (i64.const 0x7fffffff)))
                    (local.set $m (i32.wrap_i64 (local.get $length)))))))
            (br_if $malformed (i32.gt_u (local.get $q) (local.get $next)))
            (br_if $malformed (i32.gt_u (local.get $m) (i32.sub (local.get $next) (local.get $q))))
            (local.set $record_end (i32.add (local.get $q) (local.get $m)))
            ;; attributes, and the two deltas: where they end
            (local.set $q (i32.add (local.get $q) (i32.const 1)))
            (local.set $n (local.get $q))
            (loop $timestamp
              (br_if $malformed (i32.ge_u (local.get $q) (local.get $record_end)))
              (local.set $m (i32.load8_u $h (local.get $q)))
              (local.set $q (i32.add (local.get $q) (i32.const 1)))
              (br_if $timestamp (i32.ge_u (local.get $m) (i32.const 128))))
            (br_if $malformed (i32.gt_u (i32.sub (local.get $q) (local.get $n)) (i32.const 10)))
            (local.set $n (local.get $q))
            (loop $offset
              (br_if $malformed (i32.ge_u (local.get $q) (local.get $record_end)))
              (local.set $m (i32.load8_u $h (local.get $q)))
              (local.set $q (i32.add (local.get $q) (i32.const 1)))
              (br_if $offset (i32.ge_u (local.get $m) (i32.const 128))))
            (br_if $malformed (i32.gt_u (i32.sub (local.get $q) (local.get $n)) (i32.const 10)))
            (local.set $m (i32.sub (local.get $record_end) (local.get $q)))
            (if (i32.gt_u (local.get $m) (local.get $largest)) (then (local.set $largest (local.get $m))))
            (local.set $p (local.get $record_end))
            (br $records)))
          (br_if $malformed (i32.ne (local.get $p) (local.get $next)))
          (i32.store $h offset=17 (local.get $b) (local.get $largest)))
        (local.set $b (local.get $next))
        (br $batches)))
    (global.get $MALFORMED))

  ;; Of the $left records at $p, those with offsets from $skip on: the first, how many, the size of the largest payload.
  ;; (Offsets only rise within a batch.)
  (func $wanted (param $p i32) (param $left i32) (param $base i64) (param $skip i64) (result i32 i32 i32)
    (local $first i32) (local $count i32) (local $largest i32) (local $q i32) (local $record_end i32) (local $value i64)
    (block $all (loop $records
      (br_if $all (i32.eqz (local.get $left)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (call $varint (local.get $p) (i32.const -1)) (local.set $q) (local.set $value)
      (local.set $record_end (i32.add (local.get $q) (i32.wrap_i64 (local.get $value))))
      (call $varint (i32.add (local.get $q) (i32.const 1)) (i32.const -1)) (local.set $q) (local.set $value)
      (call $varint (local.get $q) (i32.const -1)) (local.set $q) (local.set $value)
      (if (i64.ge_s (i64.add (local.get $base) (local.get $value)) (local.get $skip))
        (then
          (if (i32.eqz (local.get $count)) (then (local.set $first (local.get $p))))
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (local.set $q (i32.sub (local.get $record_end) (local.get $q)))
          (if (i32.gt_u (local.get $q) (local.get $largest)) (then (local.set $largest (local.get $q))))))
      (local.set $p (local.get $record_end))
      (br $records)))
    (local.get $first) (local.get $count) (local.get $largest))

  (func $read_batch_header (export "redpanda_transform/read_batch_header")
    (param $base_offset i32) (param $record_count i32) (param $leader_epoch i32) (param $attributes i32)
    (param $last_offset_delta i32) (param $first_timestamp i32) (param $max_timestamp i32) (param $producer_id i32)
    (param $producer_epoch i32) (param $base_sequence i32) (result i32)
    (local $b i32) (local $bits i32) (local $count i32) (local $first i32) (local $largest i32)
    (local $base i64) (local $skip i64) (local $first_time i64) (local $max_time i64)
    (local $v0 v128) (local $v1 v128) (local $v2 v128) (local $v3 v128)
    ;; the union of the pointers is no smaller than any of them: where it is good, all are
    (if (i64.gt_u
          (i64.add
            (i64.extend_i32_u
              (i32.or
                (i32.or
                  (i32.or (i32.or (local.get $base_offset) (local.get $record_count))
                          (i32.or (local.get $leader_epoch) (local.get $attributes)))
                  (i32.or (i32.or (local.get $last_offset_delta) (local.get $first_timestamp))
                          (i32.or (local.get $max_timestamp) (local.get $producer_id))))
                (i32.or (local.get $producer_epoch) (local.get $base_sequence))))
            (i64.const 8))
          (i64.shl (i64.extend_i32_u (memory.size $g)) (i64.const 16)))
      (then
        (call $need (local.get $base_offset) (i32.const 8))
        (call $need (local.get $record_count) (i32.const 4))
        (call $need (local.get $leader_epoch) (i32.const 4))
        (call $need (local.get $attributes) (i32.const 2))
        (call $need (local.get $last_offset_delta) (i32.const 4))
        (call $need (local.get $first_timestamp) (i32.const 8))
        (call $need (local.get $max_timestamp) (i32.const 8))
        (call $need (local.get $producer_id) (i32.const 8))
        (call $need (local.get $producer_epoch) (i32.const 2))
        (call $need (local.get $base_sequence) (i32.const 4))))
    (i32.store $h (global.get $ACTIVE) (i32.const 0))
    (i32.store $h (global.get $LEFT) (i32.const 0))
    (i32.store $h (global.get $PHASE) (i32.const 1))
    (loop $again
      (if (i32.eq (i32.load $h (global.get $CURSOR)) (i32.load $h (global.get $END)))
        (then
          (call $finish_all)
          (i32.store $h (global.get $PAGES) (memory.size $g))
          (call $host_next)
          (i32.store $h (global.get $STATUS) (call $check))
          ;; what is not fine is no input: the host sees why when it is asked again
          (if (i32.load $h (global.get $STATUS))
            (then (i32.store $h (global.get $CURSOR) (i32.load $h (global.get $END)))))
          (br $again)))
      (local.set $b (i32.load $h (global.get $CURSOR)))
      ;; the header's fields from big endian: base offset, length, leader epoch
      (local.set $v0 (i8x16.shuffle 7 6 5 4 3 2 1 0  11 10 9 8  15 14 13 12
        (v128.load $h (local.get $b)) (v128.const i64x2 0 0)))
      ;; attributes, last offset delta, first timestamp
      (local.set $v1 (i8x16.shuffle 1 0 16 16  5 4 3 2  13 12 11 10 9 8 7 6
        (v128.load $h offset=21 (local.get $b)) (v128.const i64x2 0 0)))
      ;; producer epoch, base sequence, record count
      (local.set $v3 (i8x16.shuffle 7 6 16 16  11 10 9 8  15 14 13 12  16 16 16 16
        (v128.load $h offset=45 (local.get $b)) (v128.const i64x2 0 0)))
      (i32.store $h (global.get $CURSOR)
        (i32.add (i32.add (local.get $b) (i32.const 12)) (i32x4.extract_lane 2 (local.get $v0))))
      (local.set $bits (i32x4.extract_lane 0 (local.get $v1)))
      (br_if $again (i32.and (local.get $bits) (i32.const 0x20)))
      (local.set $first (i32.add (local.get $b) (i32.const 61)))
      (local.set $count (i32x4.extract_lane 2 (local.get $v3)))
      (local.set $largest (i32.load $h offset=17 (local.get $b)))
      (local.set $base (i64x2.extract_lane 0 (local.get $v0)))
      (local.set $skip (i64.load $h (global.get $SKIP_UNTIL)))
      (if (i64.lt_s (local.get $base) (local.get $skip))
        (then
          (call $wanted (local.get $first) (local.get $count) (local.get $base) (local.get $skip))
          (local.set $largest) (local.set $count) (local.set $first)))
      (br_if $again (i32.eqz (local.get $count))))
    (i32.store $h (global.get $RECORD) (local.get $first))
    (i32.store $h (global.get $LEFT) (local.get $count))
    (i32.store $h (global.get $ACTIVE) (i32.const 1))
    (i64.store $h (global.get $BASE_OFFSET) (local.get $base))
    ;; max timestamp, producer id
    (local.set $v2 (i8x16.shuffle 7 6 5 4 3 2 1 0  15 14 13 12 11 10 9 8
      (v128.load $h offset=35 (local.get $b)) (v128.const i64x2 0 0)))
    (local.set $first_time (i64x2.extract_lane 1 (local.get $v1)))
    (local.set $max_time (i64x2.extract_lane 0 (local.get $v2)))
    (i64.store $h (global.get $FIRST_TIME) (local.get $first_time))
    (i64.store $h (global.get $MAX_TIME) (local.get $max_time))
    (i32.store $h (global.get $APPEND_TIME) (i32.and (local.get $bits) (i32.const 8)))
    (i64.store $h (global.get $REALTIME)
      (select (local.get $max_time) (local.get $first_time) (i32.and (local.get $bits) (i32.const 8))))
    (i64.store $g (local.get $base_offset) (local.get $base))
    (i32.store $g (local.get $record_count) (local.get $count))
    (i32.store $g (local.get $leader_epoch) (i32x4.extract_lane 3 (local.get $v0)))
    (i32.store16 $g (local.get $attributes) (i32.and (local.get $bits) (i32.const 0xfff8)))
    (i32.store $g (local.get $last_offset_delta) (i32x4.extract_lane 1 (local.get $v1)))
    (i64.store $g (local.get $first_timestamp) (local.get $first_time))
    (i64.store $g (local.get $max_timestamp) (local.get $max_time))
    (i64.store $g (local.get $producer_id) (i64x2.extract_lane 1 (local.get $v2)))
    (i32.store16 $g (local.get $producer_epoch) (i32x4.extract_lane 0 (local.get $v3)))
    (i32.store $g (local.get $base_sequence) (i32x4.extract_lane 1 (local.get $v3)))
    (local.get $largest))

  (func $read_next_record (export "redpanda_transform/read_next_record")
    (param $attributes i32) (param $timestamp i32) (param $offset i32) (param $buffer i32) (param $capacity i32)
    (result i32)
    (local $p i32) (local $record_end i32) (local $m i32) (local $n i32) (local $bytes i32)
    (local $memory i64) (local $time i64) (local $delta i64)
    (local.set $memory (i64.shl (i64.extend_i32_u (memory.size $g)) (i64.const 16)))
    (if (i32.or
          (i32.or (i64.ge_u (i64.extend_i32_u (local.get $attributes)) (local.get $memory))
                  (i64.gt_u (i64.add (i64.extend_i32_u (local.get $timestamp)) (i64.const 8)) (local.get $memory)))
          (i32.or (i64.gt_u (i64.add (i64.extend_i32_u (local.get $offset)) (i64.const 8)) (local.get $memory))
                  (i64.gt_u (i64.add (i64.extend_i32_u (local.get $buffer)) (i64.extend_i32_u (local.get $capacity)))
                            (local.get $memory))))
      (then
        (call $need (local.get $attributes) (i32.const 1))
        (call $need (local.get $timestamp) (i32.const 8))
        (call $need (local.get $offset) (i32.const 8))
        (call $need (local.get $buffer) (local.get $capacity))))
    (if (i32.eqz (i32.load $h (global.get $LEFT))) (then (return (i32.const -1))))
    (local.set $p (i32.load $h (global.get $RECORD)))
    ;; its length
    (local.set $m (i32.load8_u $h (local.get $p)))
    (if (i32.lt_u (local.get $m) (i32.const 128))
      (then
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (local.set $record_end (i32.add (local.get $p) (i32.shr_u (local.get $m) (i32.const 1)))))
      (else
        (local.set $n (i32.load8_u $h offset=1 (local.get $p)))
        (if (i32.lt_u (local.get $n) (i32.const 128))
          (then
            (local.set $p (i32.add (local.get $p) (i32.const 2)))
            (local.set $record_end
              (i32.add (local.get $p)
                       (i32.or (i32.shr_u (i32.and (local.get $m) (i32.const 127)) (i32.const 1))
                               (i32.shl (local.get $n) (i32.const 6))))))
          (else
            (call $varint (local.get $p) (i32.const -1)) (local.set $p) (local.set $delta)
            (local.set $record_end (i32.add (local.get $p) (i32.wrap_i64 (local.get $delta))))))))
    (local.set $bytes (i32.load8_u $h (local.get $p)))  ;; the attributes, until they are stored
    (local.set $p (i32.add (local.get $p) (i32.const 1)))
    ;; the timestamp's delta
    (local.set $m (i32.load8_u $h (local.get $p)))
    (if (i32.lt_u (local.get $m) (i32.const 128))
      (then
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (local.set $time
          (i64.extend_i32_s (i32.xor (i32.shr_u (local.get $m) (i32.const 1))
                                     (i32.sub (i32.const 0) (i32.and (local.get $m) (i32.const 1)))))))
      (else (call $varint (local.get $p) (i32.const -1)) (local.set $p) (local.set $time)))
    (local.set $time (i64.add (i64.load $h (global.get $FIRST_TIME)) (local.get $time)))
    (if (i32.load $h (global.get $APPEND_TIME)) (then (local.set $time (i64.load $h (global.get $MAX_TIME)))))
    ;; the offset's
    (local.set $m (i32.load8_u $h (local.get $p)))
    (if (i32.lt_u (local.get $m) (i32.const 128))
      (then
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (local.set $delta
          (i64.extend_i32_s (i32.xor (i32.shr_u (local.get $m) (i32.const 1))
                                     (i32.sub (i32.const 0) (i32.and (local.get $m) (i32.const 1)))))))
      (else
        (local.set $n (i32.load8_u $h offset=1 (local.get $p)))
        (if (i32.lt_u (i32.or (local.get $n) (i32.shl (i32.and (local.get $m) (i32.const 1)) (i32.const 7)))
                      (i32.const 128))
          (then
            (local.set $p (i32.add (local.get $p) (i32.const 2)))
            (local.set $delta
              (i64.extend_i32_u (i32.or (i32.shr_u (i32.and (local.get $m) (i32.const 127)) (i32.const 1))
                                        (i32.shl (local.get $n) (i32.const 6))))))
          (else (call $varint (local.get $p) (i32.const -1)) (local.set $p) (local.set $delta)))))
    (local.set $delta (i64.add (i64.load $h (global.get $BASE_OFFSET)) (local.get $delta)))
    (local.set $n (i32.sub (local.get $record_end) (local.get $p)))
    (if (i32.lt_u (local.get $capacity) (local.get $n)) (then (return (i32.const -2))))
    (if (i32.load $h (global.get $METER)) (then (call $host_meter)))
    (i32.store8 $g (local.get $attributes) (local.get $bytes))
    (i64.store $g (local.get $timestamp) (local.get $time))
    (i64.store $g (local.get $offset) (local.get $delta))
    (memory.copy $g $h (local.get $buffer) (local.get $p) (local.get $n))
    (i64.store $h (global.get $REALTIME) (local.get $time))
    (i64.store $h (global.get $TIME) (local.get $time))
    (i64.store $h (global.get $OFFSET) (local.get $delta))
    (i32.store $h (global.get $PHASE) (i32.const 2))
    (i32.store $h (global.get $RECORD) (local.get $record_end))
    (i32.store $h (global.get $LEFT) (i32.sub (i32.load $h (global.get $LEFT)) (i32.const 1)))
    (i64.store $h (global.get $RECORDS_IN) (i64.add (i64.load $h (global.get $RECORDS_IN)) (i64.const 1)))
    (local.get $n))

  ;; ---- the output ----

  ;; Whether $g from $p to $e is a key, a value and headers, and nothing else. (A payload that ends before the header
  ;; count is refused: the broker reads the missing varint as 0 and stores what consumers cannot read.)
  (func $is_payload (param $p i32) (param $e i32) (result i32)
    (local $count i64)
    (local.set $p (call $skip_field (call $skip_field (local.get $p) (local.get $e)) (local.get $e)))
    (if (i32.eqz (local.get $p)) (then (return (i32.const 0))))
    (call $guest_varint (local.get $p) (local.get $e)) (local.set $p) (local.set $count)
    (if (i32.or (i32.eqz (local.get $p)) (i64.lt_s (local.get $count) (i64.const 0))) (then (return (i32.const 0))))
    (block $all (loop $headers
      (br_if $all (i64.eqz (local.get $count)))
      (local.set $p (call $skip_field (call $skip_field (local.get $p) (local.get $e)) (local.get $e)))
      (if (i32.eqz (local.get $p)) (then (return (i32.const 0))))
      (local.set $count (i64.sub (local.get $count) (i64.const 1)))
      (br $headers)))
    (i32.eq (local.get $p) (local.get $e)))

  ;; The position after the length and bytes at $p (0: they do not fit; 0 stays 0).
  (func $skip_field (param $p i32) (param $e i32) (result i32)
    (local $length i64)
    (if (i32.eqz (local.get $p)) (then (return (i32.const 0))))
    (call $guest_varint (local.get $p) (local.get $e)) (local.set $p) (local.set $length)
    (if (i32.eqz (local.get $p)) (then (return (i32.const 0))))
    (if (i64.lt_s (local.get $length) (i64.const -1)) (then (return (i32.const 0))))
    (if (i64.le_s (local.get $length) (i64.const 0)) (then (return (local.get $p))))
    (if (i64.gt_u (local.get $length) (i64.extend_i32_u (i32.sub (local.get $e) (local.get $p))))
      (then (return (i32.const 0))))
    (i32.add (local.get $p) (i32.wrap_i64 (local.get $length))))

  ;; Add the payload to the slot's batch; answers its size. A batch is finished before it would grow past MAX_BATCH.
  (func $emit (param $slot i32) (param $p i32) (param $bytes i32) (result i32)
    (local $to i32) (local $delta i32) (local $body i32) (local $size i32) (local $carry i32) (local $time i64)
    (local.set $carry (i32.load $h (global.get $CARRY)))
    (if (i32.gt_u (local.get $bytes) (i32.load $h (global.get $MAX_RECORD)))
      (then (call $host_fault (global.get $FAULT_RECORD) (local.get $bytes) (i32.const 0)) (unreachable)))
    (block $room
      (if (i32.load $h offset=8 (local.get $slot))
        (then
          (local.set $delta (i32.load $h offset=12 (local.get $slot)))
          ;; a zigzag varint of b bits takes (b + 1 + 6) / 7 bytes
          (local.set $body (i32.add (i32.add (local.get $bytes) (i32.const 2))
            (i32.div_u (i32.sub (i32.const 38) (i32.clz (i32.or (i32.shl (local.get $delta) (i32.const 1)) (i32.const 1))))
                       (i32.const 7))))
          (if (local.get $carry)
            (then
              (local.set $time (call $time_delta (local.get $slot)))
              (local.set $body (i32.add (local.get $body)
                (i32.wrap_i64 (i64.div_u (i64.sub (i64.const 63) (i64.clz (i64.or (local.get $time) (i64.const 1))))
                                         (i64.const 7)))))))
          (local.set $size (i32.add (local.get $body)
            (i32.div_u (i32.sub (i32.const 38) (i32.clz (i32.shl (local.get $body) (i32.const 1)))) (i32.const 7))))
          (local.set $to (i32.load $h (local.get $slot)))
          (br_if $room (i32.and
            (i32.le_u (i32.add (i32.sub (local.get $to) (i32.load $h offset=8 (local.get $slot))) (local.get $size))
                      (i32.load $h (global.get $MAX_BATCH)))
            (i32.le_u (local.get $size) (i32.sub (i32.load $h offset=4 (local.get $slot)) (local.get $to)))))
          (call $finish (local.get $slot))))
      ;; a new batch
      (local.set $delta (i32.const 0))
      (local.set $time (i64.const 0))
      (local.set $body (i32.add (local.get $bytes) (i32.const 3)))
      (local.set $size (i32.add (local.get $body) (i32.const 66)))  ;; the header, and a length at its longest
      (if (i32.lt_u (i32.sub (i32.load $h offset=4 (local.get $slot)) (i32.load $h (local.get $slot))) (local.get $size))
        (then (call $host_flush
          (i32.div_u (i32.sub (local.get $slot) (i32.load $h (global.get $SLOTS))) (global.get $SLOT_BYTES)))))
      (local.set $to (i32.load $h (local.get $slot)))
      (i32.store $h offset=8 (local.get $slot) (local.get $to))
      (i64.store $h offset=40 (local.get $slot) (i64.load $h (global.get $REALTIME)))
      (i64.store $h offset=48 (local.get $slot) (i64.load $h (global.get $REALTIME)))
      (local.set $to (i32.add (local.get $to) (i32.const 61))))
    (if (i32.and (local.get $carry)
          (i64.gt_s (i64.load $h (global.get $REALTIME)) (i64.load $h offset=48 (local.get $slot))))
      (then (i64.store $h offset=48 (local.get $slot) (i64.load $h (global.get $REALTIME)))))
    (local.set $body (i32.shl (local.get $body) (i32.const 1)))
    (if (i32.lt_u (local.get $body) (i32.const 128))
      (then
        (i32.store8 $h (local.get $to) (local.get $body))
        (local.set $to (i32.add (local.get $to) (i32.const 1))))
      (else (if (i32.lt_u (local.get $body) (i32.const 16384))
        (then
          (i32.store16 $h (local.get $to)
            (i32.or (i32.or (i32.and (local.get $body) (i32.const 127)) (i32.const 128))
                    (i32.shl (i32.shr_u (local.get $body) (i32.const 7)) (i32.const 8))))
          (local.set $to (i32.add (local.get $to) (i32.const 2))))
        (else (local.set $to (call $put_varint (local.get $to) (local.get $body)))))))
    (i32.store16 $h (local.get $to) (i32.const 0))  ;; attributes, the timestamp's delta
    (local.set $to
      (if (result i32) (i64.eqz (local.get $time))
        (then (i32.add (local.get $to) (i32.const 2)))
        (else (call $put_varint64 (i32.add (local.get $to) (i32.const 1)) (local.get $time)))))
    (local.set $body (i32.shl (local.get $delta) (i32.const 1)))
    (if (i32.lt_u (local.get $body) (i32.const 128))
      (then
        (i32.store8 $h (local.get $to) (local.get $body))
        (local.set $to (i32.add (local.get $to) (i32.const 1))))
      (else (if (i32.lt_u (local.get $body) (i32.const 16384))
        (then
          (i32.store16 $h (local.get $to)
            (i32.or (i32.or (i32.and (local.get $body) (i32.const 127)) (i32.const 128))
                    (i32.shl (i32.shr_u (local.get $body) (i32.const 7)) (i32.const 8))))
          (local.set $to (i32.add (local.get $to) (i32.const 2))))
        (else (local.set $to (call $put_varint (local.get $to) (local.get $body)))))))
    (memory.copy $h $g (local.get $to) (local.get $p) (local.get $bytes))
    (i32.store $h (local.get $slot) (i32.add (local.get $to) (local.get $bytes)))
    (i32.store $h offset=12 (local.get $slot) (i32.add (local.get $delta) (i32.const 1)))
    ;; how many came of the record at hand: what a trap takes back
    (if (i64.ne (i64.load $h offset=24 (local.get $slot)) (i64.load $h (global.get $RECORDS_IN)))
      (then
        (i64.store $h offset=24 (local.get $slot) (i64.load $h (global.get $RECORDS_IN)))
        (i32.store $h offset=32 (local.get $slot) (i32.const 0))))
    (i32.store $h offset=32 (local.get $slot) (i32.add (i32.load $h offset=32 (local.get $slot)) (i32.const 1)))
    (i64.store $h (global.get $RECORDS_OUT) (i64.add (i64.load $h (global.get $RECORDS_OUT)) (i64.const 1)))
    (local.get $bytes))

  ;; The time of the record at hand, as the zigzag delta to the first time of a slot's batch.
  (func $time_delta (param $slot i32) (result i64)
    (local $time i64)
    (local.set $time (i64.sub (i64.load $h (global.get $REALTIME)) (i64.load $h offset=40 (local.get $slot))))
    (i64.xor (i64.shl (local.get $time) (i64.const 1)) (i64.shr_s (local.get $time) (i64.const 63))))

  ;; Fill in the header of the slot's batch: LogAppendTime at WRITE_TIME (or the records' own times, where they are
  ;; carried), no producer; the host adds the checksum.
  (func $finish (param $slot i32)
    (local $b i32) (local $count i32)
    (local.set $b (i32.load $h offset=8 (local.get $slot)))
    (local.set $count (i32.load $h offset=12 (local.get $slot)))
    (i64.store $h (local.get $b) (i64.const 0))  ;; base offset
    (call $put_be32 (i32.add (local.get $b) (i32.const 8))
      (i32.sub (i32.sub (i32.load $h (local.get $slot)) (local.get $b)) (i32.const 12)))
    (i32.store $h offset=12 (local.get $b) (i32.const -1))  ;; leader epoch
    (i32.store8 $h offset=16 (local.get $b) (i32.const 2))  ;; magic
    (if (i32.load $h (global.get $CARRY))
      (then
        (i32.store16 $h offset=21 (local.get $b) (i32.const 0))  ;; CreateTime
        (call $put_be64 (i32.add (local.get $b) (i32.const 27)) (i64.load $h offset=40 (local.get $slot)))
        (call $put_be64 (i32.add (local.get $b) (i32.const 35)) (i64.load $h offset=48 (local.get $slot))))
      (else
        (i32.store16 $h offset=21 (local.get $b) (i32.const 0x0800))  ;; LogAppendTime
        (call $put_be64 (i32.add (local.get $b) (i32.const 27)) (i64.load $h (global.get $WRITE_TIME)))
        (call $put_be64 (i32.add (local.get $b) (i32.const 35)) (i64.load $h (global.get $WRITE_TIME)))))
    (call $put_be32 (i32.add (local.get $b) (i32.const 23)) (i32.sub (local.get $count) (i32.const 1)))
    (i64.store $h offset=43 (local.get $b) (i64.const -1))  ;; producer id
    (i32.store16 $h offset=51 (local.get $b) (i32.const -1))  ;; producer epoch
    (i32.store $h offset=53 (local.get $b) (i32.const -1))  ;; base sequence
    (call $put_be32 (i32.add (local.get $b) (i32.const 57)) (local.get $count))
    (i32.store $h offset=8 (local.get $slot) (i32.const 0))
    (i32.store $h offset=12 (local.get $slot) (i32.const 0)))

  ;; Finish every slot's batch. The host calls it, too, for what a guest wrote before it trapped.
  (func $finish_all (export "finish_all")
    (local $slot i32) (local $end i32)
    (local.set $slot (i32.load $h (global.get $SLOTS)))
    (local.set $end (i32.load $h (global.get $SLOTS_END)))
    (loop $slots
      (if (i32.load $h offset=8 (local.get $slot)) (then (call $finish (local.get $slot))))
      (local.set $slot (i32.add (local.get $slot) (global.get $SLOT_BYTES)))
      (br_if $slots (i32.lt_u (local.get $slot) (local.get $end)))))

  (func $write_record (export "redpanda_transform/write_record") (param $buffer i32) (param $bytes i32) (result i32)
    (local $p i32) (local $e i32) (local $m i32) (local $n i32)
    (if (i64.gt_u (i64.add (i64.extend_i32_u (local.get $buffer)) (i64.extend_i32_u (local.get $bytes)))
                  (i64.shl (i64.extend_i32_u (memory.size $g)) (i64.const 16)))
      (then (call $need (local.get $buffer) (local.get $bytes))))
    (if (i32.eqz (i32.load $h (global.get $ACTIVE))) (then (return (i32.const -1))))
    (block $good
      ;; most payloads: a key and a value with lengths of one or two bytes, no headers
      (block $other
        (local.set $p (local.get $buffer))
        (local.set $e (i32.add (local.get $buffer) (local.get $bytes)))
        (br_if $other (i32.lt_u (local.get $bytes) (i32.const 3)))
        (local.set $m (i32.load8_u $g (local.get $p)))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (if (i32.ge_u (local.get $m) (i32.const 128))
          (then
            (local.set $n (i32.load8_u $g (local.get $p)))
            (br_if $other (i32.ge_u (local.get $n) (i32.const 128)))
            (local.set $m (i32.or (i32.and (local.get $m) (i32.const 127)) (i32.shl (local.get $n) (i32.const 7))))
            (local.set $p (i32.add (local.get $p) (i32.const 1)))))
        (if (i32.and (local.get $m) (i32.const 1))
          (then (br_if $other (i32.ne (local.get $m) (i32.const 1))))
          (else (local.set $p (i32.add (local.get $p) (i32.shr_u (local.get $m) (i32.const 1))))))
        (br_if $other (i32.ge_u (i32.sub (local.get $p) (local.get $buffer)) (i32.sub (local.get $bytes) (i32.const 1))))
        (local.set $m (i32.load8_u $g (local.get $p)))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (if (i32.ge_u (local.get $m) (i32.const 128))
          (then
            (local.set $n (i32.load8_u $g (local.get $p)))
            (br_if $other (i32.ge_u (local.get $n) (i32.const 128)))
            (local.set $m (i32.or (i32.and (local.get $m) (i32.const 127)) (i32.shl (local.get $n) (i32.const 7))))
            (local.set $p (i32.add (local.get $p) (i32.const 1)))))
        (if (i32.and (local.get $m) (i32.const 1))
          (then (br_if $other (i32.ne (local.get $m) (i32.const 1))))
          (else (local.set $p (i32.add (local.get $p) (i32.shr_u (local.get $m) (i32.const 1))))))
        (br_if $other (i32.ne (i32.add (local.get $p) (i32.const 1)) (local.get $e)))
        (br_if $other (i32.load8_u $g (local.get $p)))
        (br $good))
      (if (i32.eqz (call $is_payload (local.get $buffer) (local.get $e))) (then (return (i32.const -2)))))
    (call $emit (i32.load $h (global.get $SLOTS)) (local.get $buffer) (local.get $bytes)))

  (func $write_record_with_options (export "redpanda_transform/write_record_with_options")
    (param $buffer i32) (param $bytes i32) (param $options i32) (param $options_bytes i32) (result i32)
    (local $e i32) (local $p i32) (local $slot i32) (local $name_bytes i32) (local $i i32) (local $length i64)
    (call $need (local.get $buffer) (local.get $bytes))
    (call $need (local.get $options) (local.get $options_bytes))
    (if (i32.eqz (i32.load $h (global.get $ACTIVE))) (then (return (i32.const -1))))
    (if (i32.eqz (call $is_payload (local.get $buffer) (i32.add (local.get $buffer) (local.get $bytes))))
      (then (return (i32.const -2))))
    (local.set $slot (i32.load $h (global.get $SLOTS)))
    (if (i32.eqz (local.get $options_bytes))
      (then (return (call $emit (local.get $slot) (local.get $buffer) (local.get $bytes)))))
    (if (i32.ne (i32.load8_u $g (local.get $options)) (i32.const 1)) (then (return (i32.const -2))))
    ;; the output topic's name
    (local.set $e (i32.add (local.get $options) (local.get $options_bytes)))
    (call $guest_varint (i32.add (local.get $options) (i32.const 1)) (local.get $e)) (local.set $p) (local.set $length)
    (local.set $name_bytes (i32.sub (local.get $e) (local.get $p)))
    (if (i32.or (i32.eqz (local.get $p)) (i64.gt_u (local.get $length) (i64.extend_i32_u (local.get $name_bytes))))
      (then (call $host_fault (global.get $FAULT_OPTIONS) (i32.const 0) (i32.const 0)) (unreachable)))
    (if (i64.ne (local.get $length) (i64.extend_i32_u (local.get $name_bytes))) (then (return (i32.const -2))))
    (loop $slots
      (block $other
        (br_if $other (i32.ne (i32.load $h offset=20 (local.get $slot)) (local.get $name_bytes)))
        (local.set $i (i32.const 0))
        (block $same (loop $bytes
          (br_if $same (i32.eq (local.get $i) (local.get $name_bytes)))
          (br_if $other
            (i32.ne (i32.load8_u $h (i32.add (i32.load $h offset=16 (local.get $slot)) (local.get $i)))
                    (i32.load8_u $g (i32.add (local.get $p) (local.get $i)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $bytes)))
        (return (call $emit (local.get $slot) (local.get $buffer) (local.get $bytes))))
      (local.set $slot (i32.add (local.get $slot) (global.get $SLOT_BYTES)))
      (br_if $slots (i32.lt_u (local.get $slot) (i32.load $h (global.get $SLOTS_END)))))
    (i32.const -3))

  ;; ---- WASI preview 1, as the broker answers it: no files, no sockets, the records' time (src/v/wasm/wasi.cc) ----

  (func (export "wasi_snapshot_preview1/clock_res_get") (param $clock i32) (param $out i32) (result i32)
    (call $need (local.get $out) (i32.const 8))
    ;; the broker's number for an unknown clock, where preview 1 has 28
    (if (i32.gt_u (local.get $clock) (i32.const 3)) (then (return (i32.const 16))))
    (i64.store $g (local.get $out) (i64.const 1000000))
    (i32.const 0))

  (func (export "wasi_snapshot_preview1/clock_time_get")
    (param $clock i32) (param $precision i64) (param $out i32) (result i32)
    (call $need (local.get $out) (i32.const 8))
    (if (i32.gt_u (local.get $clock) (i32.const 3)) (then (return (i32.const 16))))
    (if (local.get $clock)
      (then
        (i64.store $g (local.get $out) (i64.load $h (global.get $MONOTONIC)))
        (i64.store $h (global.get $MONOTONIC) (i64.add (i64.load $h (global.get $MONOTONIC)) (i64.const 1000000))))
      (else
        (i64.store $g (local.get $out) (i64.mul (i64.load $h (global.get $REALTIME)) (i64.const 1000000)))))
    (i32.const 0))

  (func (export "wasi_snapshot_preview1/random_get") (param $p i32) (param $bytes i32) (result i32)
    (call $need (local.get $p) (local.get $bytes))
    (memory.fill $g (local.get $p) (i32.const 9) (local.get $bytes))
    (i32.const 0))

  (func (export "wasi_snapshot_preview1/sched_yield") (result i32) (i32.const 0))

  ;; $texts is where their number, place and size stand.
  (func $sizes (param $texts i32) (param $count i32) (param $bytes i32) (result i32)
    (call $need (local.get $count) (i32.const 4))
    (call $need (local.get $bytes) (i32.const 4))
    (i32.store $g (local.get $count) (i32.load $h (local.get $texts)))
    (i32.store $g (local.get $bytes) (i32.load $h offset=8 (local.get $texts)))
    (i32.const 0))

  (func $texts (param $texts i32) (param $pointers i32) (param $buffer i32) (result i32)
    (local $from i32) (local $bytes i32) (local $i i32) (local $at_start i32)
    (local.set $from (i32.load $h offset=4 (local.get $texts)))
    (local.set $bytes (i32.load $h offset=8 (local.get $texts)))
    (call $need_many (local.get $pointers) (i32.load $h (local.get $texts)) (i32.const 4))
    (call $need (local.get $buffer) (local.get $bytes))
    (memory.copy $g $h (local.get $buffer) (local.get $from) (local.get $bytes))
    (local.set $at_start (i32.const 1))
    (block $all (loop $more
      (br_if $all (i32.eq (local.get $i) (local.get $bytes)))
      (if (local.get $at_start)
        (then
          (i32.store $g (local.get $pointers) (i32.add (local.get $buffer) (local.get $i)))
          (local.set $pointers (i32.add (local.get $pointers) (i32.const 4)))))
      (local.set $at_start (i32.eqz (i32.load8_u $h (i32.add (local.get $from) (local.get $i)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $more)))
    (i32.const 0))

  (func (export "wasi_snapshot_preview1/args_sizes_get") (param $count i32) (param $bytes i32) (result i32)
    (call $sizes (global.get $ARGUMENTS) (local.get $count) (local.get $bytes)))

  (func (export "wasi_snapshot_preview1/args_get") (param $pointers i32) (param $buffer i32) (result i32)
    (call $texts (global.get $ARGUMENTS) (local.get $pointers) (local.get $buffer)))

  (func (export "wasi_snapshot_preview1/environ_sizes_get") (param $count i32) (param $bytes i32) (result i32)
    (call $sizes (global.get $ENVIRONMENT) (local.get $count) (local.get $bytes)))

  (func (export "wasi_snapshot_preview1/environ_get") (param $pointers i32) (param $buffer i32) (result i32)
    (call $texts (global.get $ENVIRONMENT) (local.get $pointers) (local.get $buffer)))

  ;; BADF from descriptor 3 up: start code stops looking for folders.
  (func (export "wasi_snapshot_preview1/fd_prestat_get") (param $fd i32) (param $out i32) (result i32)
    (call $need (local.get $out) (i32.const 8))
    (select (i32.const 8) (i32.const 52) (i32.gt_u (local.get $fd) (i32.const 2))))

  ;; A log event: descriptor, length and up to LOG_LINE bytes in the log area, the iovecs joined. The guest is told that
  ;; all was written.
  (func (export "wasi_snapshot_preview1/fd_write")
    (param $fd i32) (param $vectors i32) (param $count i32) (param $out i32) (result i32)
    (local $event i32) (local $to i32) (local $left i32) (local $p i32) (local $bytes i32) (local $total i32)
    (call $need_many (local.get $vectors) (local.get $count) (i32.const 8))
    (call $need (local.get $out) (i32.const 4))
    (if (i32.gt_u (i32.sub (local.get $fd) (i32.const 1)) (i32.const 1)) (then (return (i32.const 52))))
    (local.set $left (i32.load $h (global.get $LOG_LINE)))
    (if (i32.lt_u (i32.sub (i32.load $h (global.get $LOG_END)) (i32.load $h (global.get $LOG)))
                  (i32.add (local.get $left) (i32.const 8)))
      (then (call $host_flush (i32.const -1))))
    (local.set $event (i32.load $h (global.get $LOG)))
    (local.set $to (i32.add (local.get $event) (i32.const 8)))
    (block $all (loop $more
      (br_if $all (i32.eqz (local.get $count)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (local.set $p (i32.load $g (local.get $vectors)))
      (local.set $bytes (i32.load $g offset=4 (local.get $vectors)))
      (local.set $vectors (i32.add (local.get $vectors) (i32.const 8)))
      (call $need (local.get $p) (local.get $bytes))
      (local.set $total (i32.add (local.get $total) (local.get $bytes)))
      (if (i32.gt_u (local.get $bytes) (local.get $left)) (then (local.set $bytes (local.get $left))))
      (memory.copy $h $g (local.get $to) (local.get $p) (local.get $bytes))
      (local.set $to (i32.add (local.get $to) (local.get $bytes)))
      (local.set $left (i32.sub (local.get $left) (local.get $bytes)))
      (br $more)))
    (i32.store $h (local.get $event) (local.get $fd))
    (i32.store $h offset=4 (local.get $event)
      (i32.sub (i32.sub (local.get $to) (local.get $event)) (i32.const 8)))
    (i32.store $h (global.get $LOG) (local.get $to))
    (i32.store $g (local.get $out) (local.get $total))
    (i32.const 0))

  ;; Clocks are due at once, descriptors answer NOSYS; nothing ever sleeps.
  (func (export "wasi_snapshot_preview1/poll_oneoff")
    (param $subscriptions i32) (param $events i32) (param $count i32) (param $out i32) (result i32)
    (local $left i32) (local $kind i32) (local $data i64)
    (call $need_many (local.get $subscriptions) (local.get $count) (i32.const 48))
    (call $need_many (local.get $events) (local.get $count) (i32.const 32))
    (call $need (local.get $out) (i32.const 4))
    (local.set $left (local.get $count))
    (block $all (loop $more
      (br_if $all (i32.eqz (local.get $left)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (local.set $kind (i32.load8_u $g offset=8 (local.get $subscriptions)))
      (if (i32.gt_u (local.get $kind) (i32.const 2)) (then (return (i32.const 52))))
      (local.set $data (i64.load $g (local.get $subscriptions)))
      (memory.fill $g (local.get $events) (i32.const 0) (i32.const 32))
      (i64.store $g (local.get $events) (local.get $data))
      (i32.store16 $g offset=8 (local.get $events) (select (i32.const 52) (i32.const 0) (local.get $kind)))
      (i32.store8 $g offset=10 (local.get $events) (local.get $kind))
      (local.set $subscriptions (i32.add (local.get $subscriptions) (i32.const 48)))
      (local.set $events (i32.add (local.get $events) (i32.const 32)))
      (br $more)))
    (i32.store $g (local.get $out) (local.get $count))
    (i32.const 0))

  (func (export "wasi_snapshot_preview1/proc_exit") (param $code i32)
    (call $host_fault (global.get $FAULT_EXIT) (local.get $code) (i32.const 0))
    (unreachable))

  ;; The markers of ABI versions, and what answers NOSYS, follow: module.py writes them from the broker's link table.
)
