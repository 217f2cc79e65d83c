import { useEffect, useState } from '/vendor/preact/hooks.js'
import { AccountPage } from './account/page.js'
import { ADMIN_TITLES, AdminPage } from './admin-page.js'
import { ChatPage } from './chat/page.js'
import { FilesPage } from './files/page.js'
import { html } from './html.js'
import { KeysPage } from './keys/page.js'
import { useMe } from './me.js'
import { hrefOf, useRoute } from './route.js'
import { signOut } from './session.js'

const PAGES = [
  ['chat', 'Chat'],
  ['files', 'Files'],
  ['account', 'Account'],
  ['keys', 'API keys'],
]
const ADMIN_PAGES = [
  ['overview', 'Overview'],
  ['contacts', 'Contacts'],
  ['demos', 'Demos'],
  ['users', 'Users'],
  ['billing', 'Billing'],
  ['audit', 'Audit'],
  ['feedback', 'Feedback'],
]
const TITLES = { ...Object.fromEntries(PAGES), ...ADMIN_TITLES }

/** What stands around every page, and the page of the address. */
export function Frame() {
  const { page, id } = useRoute()
  const { me, problem } = useMe()
  useEffect(() => {
    document.title = `${TITLES[page]} · WorkFlowAI`
  }, [page])
  if (problem?.code === 'account_inactive') return html`<${Inactive} problem=${problem} />`
  return html`<${Bar} me=${me} page=${page} /><${Page} page=${page} id=${id} />`
}

function Page({ page, id }) {
  switch (page) {
    case 'chat':
      return html`<${ChatPage} conversationId=${id} />`
    case 'files':
      return html`<${FilesPage} fileId=${id} />`
    case 'account':
      return html`<${AccountPage} part=${id} />`
    case 'keys':
      return html`<${KeysPage} />`
    default:
      return html`<${AdminPage} page=${page} id=${id} />`
  }
}

/** On a phone the admin's part of it opens with a button: all of it would take a quarter of the screen. */
function Bar({ me, page }) {
  const [isOpen, setOpen] = useState(false)
  useEffect(() => setOpen(false), [page])
  const isAdmin = me?.role === 'admin'
  const link = ([name, label]) =>
    html`<a key=${name} href=${hrefOf(name)} aria-current=${name === page ? 'page' : undefined}>${label}</a>`
  return html`
    <header class="bar">
      <a class="brand" href="/">WorkFlowAI</a>
      <nav aria-label="Console">${PAGES.map(link)} <a href="/docs">Docs</a></nav>
      <div class="who">
        <span title=${me?.email}>${me?.email}</span>
        ${
          isAdmin &&
          html`<button type="button" class="small quiet admin-toggle" aria-expanded=${isOpen} aria-controls="admin-pages" onClick=${() => setOpen(!isOpen)}>Admin pages</button>`
        }
        <button type="button" class="small quiet" onClick=${signOut}>Sign out</button>
      </div>
      ${
        isAdmin &&
        html`
        <nav id="admin-pages" class="admin-pages" aria-labelledby="admin-pages-label" data-open=${isOpen}>
          <b id="admin-pages-label">Admin</b> ${ADMIN_PAGES.map(link)}
        </nav>`
      }
    </header>`
}

function Inactive({ problem }) {
  return html`
    <main class="centred">
      <h1>Account not active</h1>
      <p role="alert">${problem.detail || 'This account is not active.'}</p>
      <p>Nothing in it can be used, and its API keys are refused too. If you think that this is a mistake, ask who runs this service.</p>
      <button type="button" onClick=${signOut}>Sign out</button>
    </main>`
}
