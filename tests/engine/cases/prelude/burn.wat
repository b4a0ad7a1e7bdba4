  ;; Uses $fuel (a multiple of 5) and some ten more: each of the five instructions of a turn costs one.
  (func $burn (param $fuel i32)
    (local.set $fuel (i32.div_u (local.get $fuel) (i32.const 5)))
    (loop $turn (br_if $turn (local.tee $fuel (i32.sub (local.get $fuel) (i32.const 1))))))
