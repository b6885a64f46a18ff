/** The HTML of a page: nothing but where its files are. No script and no style stands in it, so the policy allows none. */
import type { WebBuild } from './build.ts'

export function consoleHtml({ scripts, styles }: WebBuild): string {
  const links = styles.map(name => `<link rel="stylesheet" href="/assets/${name}">`).join('')
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="description" content="Live dispatch of an on-demand fleet.">',
    `<meta name="waggle-feed-worker" content="/assets/${scripts.feed}">`,
    `<meta name="waggle-map-worker" content="/assets/${scripts['map-worker']}">`,
    '<title>Waggle</title>',
    '<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">',
    links,
    `<script type="module" src="/assets/${scripts.console}"></script>`,
    `</head><body><div id="app"><p class="late">${LATE}</p></div>`,
    '<noscript>This page is a live map and needs JavaScript.</noscript></body></html>',
  ].join('\n')
}

const LATE =
  'Nothing to see? The script of the console has not come. Please load this page again; where that does not help, the log of the node may say why.'

/** Instead of a page that would stay empty. Why is for the log: it names files of the node's. */
export const NOT_MADE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Waggle</title></head>
<body><h1>The console is not there</h1>
<p>This node could not make its pages; everything else works. Its log says what is missing: often <code>npm ci</code> was not run to its end.</p>
</body></html>`

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#d98a00" d="M16 2l12 7v14l-12 7-12-7V9z"/><path fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" d="M9 12l3.5 9L16 13l3.5 8L23 12"/></svg>`

/**
 * Nothing from other origins but the tiles of a provider, where one is set: then from anywhere by HTTPS, because a style names
 * its sources itself. Styles are set by the map library through the object model, which no policy forbids.
 */
export function policyOf(styleUrl: string | null): string {
  const tiles = styleUrl === null ? '' : ` https: ${new URL(styleUrl).origin}`
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' data: blob:${tiles}`,
    `font-src 'self'${tiles}`,
    `connect-src 'self'${tiles}`,
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}
