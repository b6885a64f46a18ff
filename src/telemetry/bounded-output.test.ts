import { expect, test } from 'bun:test'
import { BoundedOutput } from './bounded-output.ts'

test('what nobody takes is dropped beyond a bound, and told once there is room again', () => {
  const written: string[] = []
  const waiting: (() => void)[] = []
  const output = new BoundedOutput({ write: (line, done) => [written.push(line), waiting.push(done)] }, 100)

  for (let i = 0; i < 15; i++) output.write(`line ${i}\n`.padEnd(10, ' '))
  expect(written).toHaveLength(10)
  expect(output.takeDropped()).toBe(0)

  for (const done of waiting.splice(0)) done()
  expect(output.takeDropped()).toBe(5)
  expect(output.takeDropped()).toBe(0)
  output.write('again\n')
  expect(written.at(-1)).toBe('again\n')
})
