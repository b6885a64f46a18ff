/**
 * The HTML of the tracking page. What its link is answered stands in it as data, so that a phone on a bad line has something to read
 * one round trip sooner; a data block is no script, and the policy runs none that stands in a page.
 *
 * It is about one person's order: nobody on its way keeps it, no search engine lists it, and where it leads to is not told whence.
 */
import type { WebBuild } from './build.ts'
import { policyOf } from './page.ts'
import type { TrackingBuild } from './tracking-build.ts'

export interface TrackingFiles {
  readonly page: TrackingBuild
  readonly scripts: WebBuild['scripts']
  readonly styleUrl: string | null
}

/** Of what a client is answered, these hold for the page as well. */
const KEPT_HEADERS = ['retry-after', 'www-authenticate']

/** @param answer  to the link; null: the page has none yet, and asks by itself. */
export async function trackingResponse(files: TrackingFiles, answer: Response | null): Promise<Response> {
  const headers = new Headers({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': answer === null ? 'no-cache' : 'no-store',
    'content-security-policy': policyOf(files.styleUrl),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex',
    vary: 'Accept',
  })
  if (answer === null) return new Response(trackingHtml(files, null), { headers })
  for (const name of KEPT_HEADERS) {
    const value = answer.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  const data = { status: answer.status, body: (await answer.json()) as unknown }
  return new Response(trackingHtml(files, data), { status: answer.status, headers })
}

function trackingHtml({ page, scripts }: TrackingFiles, data: object | null): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="theme-color" content="#f4f2ee" media="(prefers-color-scheme: light)">',
    '<meta name="theme-color" content="#101418" media="(prefers-color-scheme: dark)">',
    '<meta name="robots" content="noindex">',
    '<meta name="description" content="Where it is, and when it will be there.">',
    '<title>Your order</title>',
    '<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">',
    `<link rel="stylesheet" href="/assets/${page.style}">`,
    `<meta name="waggle-map" content="/assets/${scripts['tracking-map']}">`,
    `<meta name="waggle-map-style" content="/assets/${page.mapStyle}">`,
    `<meta name="waggle-map-worker" content="/assets/${scripts['map-worker']}">`,
    data === null ? '' : `<script type="application/json" id="answer">${embedded(data)}</script>`,
    `<script type="module" src="/assets/${page.script}"></script>`,
    // Seen where the script does not come: after an update of the node it has another name.
    '</head><body><div id="app"><p class="late">Nothing to see? Please load this page again.</p></div>',
    '<noscript>To follow your order here, please allow JavaScript.</noscript></body></html>',
  ].join('\n')
}

/** Nothing in it ends the element that it stands in. */
function embedded(data: object): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c')
}
