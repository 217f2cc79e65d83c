import { useEffect, useState } from '/vendor/preact/hooks.js'
import { Frame } from './frame.js'
import { html } from './html.js'
import { MeProvider } from './me.js'
import { isSignedIn, onSessionChange, signIn } from './session.js'

/** The frame around the pages, for who is signed in; the way in for everyone else. */
export function App({ session }) {
  const [isIn, setIn] = useState(isSignedIn)
  const [hasLeft, setLeft] = useState(false)
  useEffect(
    () =>
      onSessionChange(now => {
        setIn(now)
        setLeft(!now)
      }),
    [],
  )
  if (session !== 'ready') return html`<${NoSignIn} session=${session} />`
  return isIn ? html`<${MeProvider}><${Frame} /><//>` : html`<${SignedOut} hasLeft=${hasLeft} />`
}

function SignedOut({ hasLeft }) {
  return html`
    <main class="centred">
      <h1>Console</h1>
      <p>${hasLeft ? 'Your session has ended.' : 'Chat with models that answer from your own files.'}</p>
      <button type="button" onClick=${signIn}>${hasLeft ? 'Sign in again' : 'Sign in'}</button>
    </main>`
}

function NoSignIn({ session }) {
  return html`
    <main class="centred">
      <h1>Console</h1>
      ${
        session === 'unreachable'
          ? html`
            <p role="alert">The sign-in service cannot be reached. Check your connection, then load the page again.</p>
            <button type="button" onClick=${() => location.reload()}>Load again</button>`
          : html`
            <p role="alert">
              Sign-in is not set up here. Who runs this server sets <code>CLERK_PUBLISHABLE_KEY</code> and builds anew.
            </p>`
      }
      <p><a href="/docs">Read the API reference</a></p>
    </main>`
}
