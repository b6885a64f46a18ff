import { expect, test } from 'bun:test'
import { after, otherwise } from './soon.ts'

const broken = new Error('broken')

test('what is there goes on at once, what is not is waited for', async () => {
  expect(after(1, n => n + 1)).toBe(2)
  expect(after(undefined, () => 'next')).toBe('next')
  const later = after(Promise.resolve(1), n => n + 1)
  expect(later).toBeInstanceOf(Promise)
  expect(await later).toBe(2)
})

test('what goes wrong on the way is answered, at once or later', async () => {
  const told = (error: unknown) => (error === broken ? 'told' : 'strange')
  expect(
    otherwise(() => {
      throw broken
    }, told),
  ).toBe('told')
  expect(await otherwise(() => Promise.reject(broken), told)).toBe('told')
  expect(
    await otherwise(
      () =>
        after(Promise.resolve(1), () => {
          throw broken
        }),
      told,
    ),
  ).toBe('told')
  expect(otherwise(() => 'well', told)).toBe('well')
})

test('a step that breaks after another one was waited for is a promise that breaks', async () => {
  const chain = after(Promise.resolve(1), () => {
    throw broken
  })
  expect(chain).rejects.toBe(broken)
  expect(() =>
    after(1, () => {
      throw broken
    }),
  ).toThrow('broken')
})
