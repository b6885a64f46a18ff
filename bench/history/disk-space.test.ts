import { expect, test } from 'bun:test'
import { assertFits } from './disk-space.ts'

test('a past that does not fit on the disk is refused with what it takes and what there is', () => {
  expect(() => assertFits(100_000_000, 12e9, '/data')).toThrow(
    '100,000,000 rows take some 14.4 GB with the log beside them, and where the record lies (/data) 12.0 GB are free',
  )
  expect(() => assertFits(100_000_000, 15e9, '/data')).not.toThrow()
})
