;; Deals the records of a batch out to partitions by the hash of their keys; by_key.py says what stands where.
(module
  (memory (export "memory") 32)

  ;; A target: one for each partition, 32 bytes.
  ;;   0 u32 the end of what stands in its area     4 i32 records     8 u32 the most bytes that they can take
  ;;   16 i64 time of the first, as a delta         24 i64 the latest time, as a delta

  ;; The zigzag varint at $p, and the position after it.
  (func $varint (param $p i32) (result i64 i32)
    (local $byte i64) (local $value i64) (local $shift i64)
    (loop $more
      (local.set $byte (i64.load8_u (local.get $p)))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (local.set $value
        (i64.or (local.get $value) (i64.shl (i64.and (local.get $byte) (i64.const 127)) (local.get $shift))))
      (local.set $shift (i64.add (local.get $shift) (i64.const 7)))
      (br_if $more (i64.ge_u (local.get $byte) (i64.const 128))))
    (i64.xor (i64.shr_u (local.get $value) (i64.const 1))
             (i64.sub (i64.const 0) (i64.and (local.get $value) (i64.const 1))))
    (local.get $p))

  ;; Write $v as a zigzag varint at $p; the position after it.
  (func $put (param $p i32) (param $v i64) (result i32)
    (local.set $v (i64.xor (i64.shl (local.get $v) (i64.const 1)) (i64.shr_s (local.get $v) (i64.const 63))))
    (loop $more
      (if (i64.ge_u (local.get $v) (i64.const 128))
        (then
          (i64.store8 (local.get $p) (i64.or (local.get $v) (i64.const 128)))
          (local.set $v (i64.shr_u (local.get $v) (i64.const 7)))
          (local.set $p (i32.add (local.get $p) (i32.const 1)))
          (br $more))))
    (i64.store8 (local.get $p) (local.get $v))
    (i32.add (local.get $p) (i32.const 1)))

  ;; How many bytes $put writes.
  (func $size (param $v i64) (result i32)
    (local.set $v (i64.xor (i64.shl (local.get $v) (i64.const 1)) (i64.shr_s (local.get $v) (i64.const 63))))
    (i32.div_u
      (i32.sub (i32.const 70) (i32.wrap_i64 (i64.clz (i64.or (local.get $v) (i64.const 1)))))
      (i32.const 7)))

  ;; murmur2 of $n bytes at $p (org.apache.kafka.common.utils.Utils.murmur2).
  (func $murmur2 (param $p i32) (param $n i32) (result i32)
    (local $h i32) (local $k i32) (local $end i32)
    (local.set $h (i32.xor (i32.const 0x9747b28c) (local.get $n)))
    (local.set $end (i32.add (local.get $p) (i32.and (local.get $n) (i32.const -4))))
    (block $done
      (loop $words
        (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
        (local.set $k (i32.mul (i32.load align=1 (local.get $p)) (i32.const 0x5bd1e995)))
        (local.set $k
          (i32.mul (i32.xor (local.get $k) (i32.shr_u (local.get $k) (i32.const 24))) (i32.const 0x5bd1e995)))
        (local.set $h (i32.xor (i32.mul (local.get $h) (i32.const 0x5bd1e995)) (local.get $k)))
        (local.set $p (i32.add (local.get $p) (i32.const 4)))
        (br $words)))
    (local.set $n (i32.and (local.get $n) (i32.const 3)))
    (if (local.get $n)
      (then
        (local.set $k (i32.load8_u (local.get $p)))
        (if (i32.gt_u (local.get $n) (i32.const 1))
          (then (local.set $k (i32.or (local.get $k)
                  (i32.shl (i32.load8_u offset=1 (local.get $p)) (i32.const 8))))))
        (if (i32.gt_u (local.get $n) (i32.const 2))
          (then (local.set $k (i32.or (local.get $k)
                  (i32.shl (i32.load8_u offset=2 (local.get $p)) (i32.const 16))))))
        (local.set $h (i32.mul (i32.xor (local.get $h) (local.get $k)) (i32.const 0x5bd1e995)))))
    (local.set $h
      (i32.mul (i32.xor (local.get $h) (i32.shr_u (local.get $h) (i32.const 13))) (i32.const 0x5bd1e995)))
    (i32.xor (local.get $h) (i32.shr_u (local.get $h) (i32.const 15))))

  ;; For each of $count records at $p, in $choices (u32 each), the address of the target that it goes to, of the
  ;; $partitions ones at $targets; $keyless is where those without a key go. The targets have been cleared. Returns
  ;; the position after the records.
  (func (export "choose")
    (param $p i32) (param $count i32) (param $choices i32) (param $targets i32) (param $partitions i32)
    (param $keyless i32) (result i32)
    (local $start i32) (local $end i32) (local $number i64) (local $time i64) (local $target i32)
    (block $done
      (loop $record
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $start (local.get $p))
        (call $varint (local.get $p)) (local.set $p) (local.set $number)
        (local.set $end (i32.add (local.get $p) (i32.wrap_i64 (local.get $number))))
        (call $varint (i32.add (local.get $p) (i32.const 1))) (local.set $p) (local.set $time)
        (call $varint (local.get $p)) (local.set $p) (local.set $number)
        (call $varint (local.get $p)) (local.set $p) (local.set $number)
        (local.set $target
          (i32.add (local.get $targets)
            (i32.shl
              (if (result i32) (i64.lt_s (local.get $number) (i64.const 0))
                (then (local.get $keyless))
                (else (i32.rem_u
                  (i32.and (call $murmur2 (local.get $p) (i32.wrap_i64 (local.get $number))) (i32.const 0x7fffffff))
                  (local.get $partitions))))
              (i32.const 5))))
        (i32.store (local.get $choices) (local.get $target))
        (local.set $choices (i32.add (local.get $choices) (i32.const 4)))
        (if (i32.eqz (i32.load offset=4 (local.get $target)))
          (then
            (i64.store offset=16 (local.get $target) (local.get $time))
            (i64.store offset=24 (local.get $target) (local.get $time))))
        (if (i64.gt_s (local.get $time) (i64.load offset=24 (local.get $target)))
          (then (i64.store offset=24 (local.get $target) (local.get $time))))
        (i32.store offset=4 (local.get $target) (i32.add (i32.load offset=4 (local.get $target)) (i32.const 1)))
        ;; A time counted from another record takes 9 bytes more at most, and with it the record's length 1.
        (i32.store offset=8 (local.get $target)
          (i32.add (i32.load offset=8 (local.get $target))
                   (i32.add (i32.sub (local.get $end) (local.get $start)) (i32.const 10))))
        (local.set $p (local.get $end))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $record)))
    (local.get $p))

  ;; Copy each of $count records at $p to the end of its target's area, numbered anew. The ends have been set, the
  ;; counts of records have been cleared.
  (func (export "deal") (param $p i32) (param $count i32) (param $choices i32)
    (local $end i32) (local $number i64) (local $time i64) (local $target i32) (local $to i32)
    (local $offset i32) (local $attributes i32) (local $rest i32)
    (block $done
      (loop $record
        (br_if $done (i32.eqz (local.get $count)))
        (call $varint (local.get $p)) (local.set $p) (local.set $number)
        (local.set $end (i32.add (local.get $p) (i32.wrap_i64 (local.get $number))))
        (local.set $attributes (i32.load8_u (local.get $p)))
        (call $varint (i32.add (local.get $p) (i32.const 1))) (local.set $p) (local.set $time)
        (call $varint (local.get $p)) (local.set $p) (local.set $number)
        (local.set $rest (i32.sub (local.get $end) (local.get $p)))
        (local.set $target (i32.load (local.get $choices)))
        (local.set $choices (i32.add (local.get $choices) (i32.const 4)))
        (local.set $time (i64.sub (local.get $time) (i64.load offset=16 (local.get $target))))
        (local.set $offset (i32.load offset=4 (local.get $target)))
        (i32.store offset=4 (local.get $target) (i32.add (local.get $offset) (i32.const 1)))
        (local.set $to
          (call $put (i32.load (local.get $target))
            (i64.extend_i32_u
              (i32.add (i32.add (local.get $rest) (i32.const 1))
                (i32.add (call $size (local.get $time)) (call $size (i64.extend_i32_u (local.get $offset))))))))
        (i32.store8 (local.get $to) (local.get $attributes))
        (local.set $to (call $put (i32.add (local.get $to) (i32.const 1)) (local.get $time)))
        (local.set $to (call $put (local.get $to) (i64.extend_i32_u (local.get $offset))))
        (memory.copy (local.get $to) (local.get $p) (local.get $rest))
        (i32.store (local.get $target) (i32.add (local.get $to) (local.get $rest)))
        (local.set $p (local.get $end))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $record))))
)
