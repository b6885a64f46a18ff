import { expect, test } from 'bun:test'
import { opensPage } from './endpoint.ts'

const opens = (accept: string | null) =>
  opensPage(new Request('http://localhost/', { headers: accept === null ? {} : { accept } }))

test('a browser that goes to an address opens a page, its scripts and every other client do not', () => {
  for (const browser of [
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'text/html, application/xhtml+xml, image/jxr, */*',
    'text/html',
  ]) {
    expect([browser, opens(browser)]).toEqual([browser, true])
  }
  // The last one is what Java's own client says by default.
  for (const client of [null, '*/*', 'application/json', 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2']) {
    expect([client, opens(client)]).toEqual([client, false])
  }
})
