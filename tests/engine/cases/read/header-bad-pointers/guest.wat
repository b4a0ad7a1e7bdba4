(module
  ;; include transform-v2
  ;; include records
  (func (export "_start")
    (drop (call $read_batch_header (i32.const {{p0}}) (i32.const {{p1}}) (i32.const {{p2}}) (i32.const {{p3}})
      (i32.const {{p4}}) (i32.const {{p5}}) (i32.const {{p6}}) (i32.const {{p7}}) (i32.const {{p8}})
      (i32.const {{p9}})))))
