import { join } from 'node:path'
import { PLANS } from '../../lib/limits/plans.ts'
import { placeFile } from '../lib/whole-file.ts'
import { frontendOrigin } from './publishable-key.ts'

/** Where a Frontend API serves Clerk's browser SDK of this major version, as `@clerk/shared` asks for it. */
const SDK_PATH = '/npm/@clerk/clerk-js@6/dist/clerk.browser.js'

/** Where Clerk serves people's pictures from. */
const PICTURES = 'https://img.clerk.com'

/**
 * The page of /console. It is made, and not kept, because its policy and its sign-in name the Frontend API of one
 * publishable key. Without a key the page says that sign-in is not set up.
 * @throws Error when the key is malformed
 */
export function consolePage(publishableKey: string | undefined): string {
  const origin = publishableKey ? frontendOrigin(publishableKey) : null
  const signIn =
    origin === null
      ? ''
      : `
    <meta name="clerk-publishable-key" content="${publishableKey}">
    <meta name="clerk-script" content="${origin}${SDK_PATH}">`
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${contentPolicy(origin)}">
    <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="same-origin">
    <meta name="plans" content="${attribute(JSON.stringify(PLANS))}">
    <title>Console · WorkFlowAI</title>
    <link rel="icon" href="/favicon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/vendor/pico/pico.classless.css">
    <link rel="stylesheet" href="/vendor/uplot/uplot.css">
    <link rel="stylesheet" href="/console/style.css">
    <link rel="stylesheet" href="/console/chat.css">
    <link rel="stylesheet" href="/console/files.css">
    <link rel="stylesheet" href="/console/account.css">
    <link rel="stylesheet" href="/console/admin.css">${signIn}
    <script type="module" src="/console/main.js"></script>
  </head>
  <body>
    <div id="app" class="app">
      <noscript><p>The console needs JavaScript. Everything it does, the <a href="/docs">API</a> does too.</p></noscript>
    </div>
  </body>
</html>
`
}

/** Writes the page to where it is served from. */
export async function writeConsolePage(publishableKey: string | undefined): Promise<void> {
  const file = join(import.meta.dirname, '..', '..', 'public', 'console', 'index.html')
  await placeFile(file, consolePage(publishableKey))
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
}

/** Pico draws its icons as data: images; Clerk keeps people's pictures, and its SDK renews its tokens in a worker. */
function contentPolicy(frontend: string | null): string {
  const self = frontend === null ? "'self'" : `'self' ${frontend}`
  return [
    "default-src 'none'",
    `script-src ${self}`,
    "style-src 'self'",
    `img-src 'self' data:${frontend === null ? '' : ` ${PICTURES}`}`,
    `connect-src ${self}`,
    ...(frontend === null ? [] : ['worker-src blob:']),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}
