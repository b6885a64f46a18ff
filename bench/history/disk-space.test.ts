import { expect, test } from 'bun:test'
import { assertFits } from './disk-space.ts'

test('a past that does not fit on the disk is refused with what it takes and what there is', () => {
  expect(() => assertFits(100_000_000, 20e9, '/data')).toThrow(
    '100,000,000 rows take some 23.4 GB with the log beside them, and where the record lies (/data) 20.0 GB are free',
  )
  expect(() => assertFits(100_000_000, 24e9, '/data')).not.toThrow()
})
