import { useEffect, useState } from '/vendor/preact/hooks.js'
import { ask } from './api.js'
import { ChatPage } from './chat/page.js'
import { FilesPage } from './files/page.js'
import { html } from './html.js'
import { hrefOf, useRoute } from './route.js'
import { isSignedIn, onSessionChange, signIn, signOut } from './session.js'

const PAGES = [
  ['chat', 'Chat'],
  ['files', 'Files'],
]

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
  return isIn ? html`<${Frame} />` : html`<${SignedOut} hasLeft=${hasLeft} />`
}

function Frame() {
  const { page, id } = useRoute()
  useEffect(() => {
    document.title = `${page === 'files' ? 'Files' : 'Chat'} · WorkFlowAI`
  }, [page])
  const link = ([name, label]) =>
    html`<a href=${hrefOf(name)} aria-current=${name === page ? 'page' : undefined}>${label}</a>`
  return html`
    <header class="bar">
      <a class="brand" href="/">WorkFlowAI</a>
      <nav aria-label="Console">${PAGES.map(link)} <a href="/docs">Docs</a></nav>
      <${Account} />
    </header>
    ${page === 'files' ? html`<${FilesPage} fileId=${id} />` : html`<${ChatPage} conversationId=${id} />`}`
}

function Account() {
  const [me, setMe] = useState(null)
  useEffect(() => {
    ask('GET', '/api/app/me').then(setMe, () => {})
  }, [])
  return html`
    <div class="account">
      <span class="who" title=${me?.email}>${me?.email}</span>
      <button type="button" class="small quiet" onClick=${signOut}>Sign out</button>
    </div>`
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
