(module
  ;; include transform-v2
  ;; include records
  ;; include each-record
  (func $_ZN4mask3run17h0123456789abcdefE (unreachable))
  (func $_RNvNtCs1234_7mycrate3foo3bar (call $_ZN4mask3run17h0123456789abcdefE))
  (func $_ZN8redpanda9on_recordERKNS_6recordE (call $_RNvNtCs1234_7mycrate3foo3bar))
  (func $plain (call $_ZN8redpanda9on_recordERKNS_6recordE))
  (func $on_record (param $length i32) (call $plain)))
