;; Dot products of rows of 1,536 signed bytes with one query of 1,536 signed 16-bit numbers.
;; Sums are exact: a lane adds 384 products of at most 127 * 32,767, and lanes are added in 64 bits.
;; scripts/write-kernel.ts makes kernel.ts of this file.
(module
  (memory (import "env" "memory") 1)
  (func (export "dots") (param $row i32) (param $rows i32) (param $query i32) (param $sums i32)
    (local $at i32) (local $end i32) (local $levels v128) (local $low v128) (local $high v128)
    (loop $eachRow
      (local.set $low (v128.const i32x4 0 0 0 0))
      (local.set $high (v128.const i32x4 0 0 0 0))
      (local.set $at (local.get $query))
      (local.set $end (i32.add (local.get $row) (i32.const 1536)))
      (loop $each16
        (local.set $levels (v128.load (local.get $row)))
        (local.set $low
          (i32x4.add
            (local.get $low)
            (i32x4.dot_i16x8_s
              (i16x8.extend_low_i8x16_s (local.get $levels))
              (v128.load (local.get $at)))))
        (local.set $high
          (i32x4.add
            (local.get $high)
            (i32x4.dot_i16x8_s
              (i16x8.extend_high_i8x16_s (local.get $levels))
              (v128.load offset=16 (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (local.set $row (i32.add (local.get $row) (i32.const 16)))
        (br_if $each16 (i32.lt_u (local.get $row) (local.get $end))))
      (f64.store
        (local.get $sums)
        (f64.convert_i64_s
          (i64.add (call $total (local.get $low)) (call $total (local.get $high)))))
      (local.set $sums (i32.add (local.get $sums) (i32.const 8)))
      (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
      (br_if $eachRow (local.get $rows))))
  (func $total (param $lanes v128) (result i64)
    (i64.add
      (i64.add
        (i64.extend_i32_s (i32x4.extract_lane 0 (local.get $lanes)))
        (i64.extend_i32_s (i32x4.extract_lane 1 (local.get $lanes))))
      (i64.add
        (i64.extend_i32_s (i32x4.extract_lane 2 (local.get $lanes)))
        (i64.extend_i32_s (i32x4.extract_lane 3 (local.get $lanes)))))))
