import { useEffect, useState } from '/vendor/preact/hooks.js'
import { html } from './html.js'
import { useMe } from './me.js'
import { hrefOf } from './route.js'
import { ProblemNotice } from './ui/notice.js'

/** The pages for admins, by their names in the address. */
export const ADMIN_TITLES = {
  overview: 'Overview',
  contacts: 'Contacts',
  demos: 'Demo requests',
  users: 'Users',
  billing: 'Billing events',
  audit: 'Audit log',
  feedback: 'Feedback',
}

/** One of the admins' pages, which are loaded when the first of them is opened; nobody else gets them. */
export function AdminPage({ page, id }) {
  const { me, problem, refresh } = useMe()
  if (me?.role === 'admin') return html`<${Loaded} page=${page} id=${id} />`
  return html`
    <main class="page">
      <h1>${ADMIN_TITLES[page]}</h1>
      ${me ? html`<${ForAdmins} />` : problem ? html`<${ProblemNotice} problem=${problem} onRetry=${refresh} />` : html`<p aria-busy="true">Loading…</p>`}
    </main>`
}

function ForAdmins() {
  return html`
    <p>This page is for admins, and your account is not one of them.</p>
    <p><a href=${hrefOf('chat')}>Go to Chat</a></p>`
}

function Loaded({ page, id }) {
  const [pages, setPages] = useState(null)
  const [hasFailed, setFailed] = useState(false)
  useEffect(() => {
    import('./admin/pages.js').then(
      ({ ADMIN_PAGES }) => setPages(ADMIN_PAGES),
      () => setFailed(true),
    )
  }, [])
  const Content = pages?.[page]
  if (Content) return html`<${Content} key=${page} id=${id} />`
  // A module that failed once stays failed until the page is loaded anew.
  const failure = hasFailed && { code: 'network', detail: 'The page could not be loaded.' }
  return html`
    <main class="page">
      <h1>${ADMIN_TITLES[page]}</h1>
      ${failure ? html`<${ProblemNotice} problem=${failure} retryLabel="Load again" onRetry=${() => location.reload()} />` : html`<p aria-busy="true">Loading…</p>`}
    </main>`
}
