(module
  ;; include transform-v2
  ;; include records
  (func (export "_start")
    (drop (call $header))
    (drop (call $read_next_record (i32.const {{attributes}}) (i32.const {{timestamp}}) (i32.const {{offset}})
      (i32.const {{buffer}}) (i32.const {{size}})))))
