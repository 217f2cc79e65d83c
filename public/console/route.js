import { useEffect, useState } from '/vendor/preact/hooks.js'

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

function read() {
  const [page = '', id = ''] = location.hash.replace(/^#\/?/, '').split('/')
  return { page: page === 'files' ? 'files' : 'chat', id: decoded(id) }
}

function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
