import { useEffect, useState } from '/vendor/preact/hooks.js'

const PAGES = [
  'chat',
  'files',
  'account',
  'keys',
  'overview',
  'contacts',
  'demos',
  'users',
  'billing',
  'audit',
  'feedback',
]

/** The page's address after the `#`: `#/chat/<id>` is `{ page: 'chat', id: '<id>' }`. */
export function useRoute() {
  const [route, setRoute] = useState(read)
  useEffect(() => {
    const follow = () => setRoute(read())
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return route
}

export function hrefOf(page, id) {
  return id ? `#/${page}/${encodeURIComponent(id)}` : `#/${page}`
}

export function go(page, id) {
  location.hash = hrefOf(page, id)
}

/** Whether the address names this place: it is ahead of the page for a moment when somebody leaves. */
export function isAt(page, id) {
  const now = read()
  return now.page === page && now.id === id
}

function read() {
  const [page = '', id = ''] = location.hash.replace(/^#\/?/, '').split('/')
  return { page: PAGES.includes(page) ? page : 'chat', id: decoded(id) }
}

function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
