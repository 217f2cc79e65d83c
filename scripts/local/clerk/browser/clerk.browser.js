/**
 * Clerk's browser SDK as far as this project's console uses it. The stand-in serves it where a Frontend API
 * serves the real one, and its sign-in page plays the Account Portal.
 */
;(() => {
  const frontend = new URL(document.currentScript.src).origin
  /** Of this tab only: the token while signed in; while away to sign in, what was sent along. */
  const TOKEN = 'clerk-stand-in.token'
  const AWAY = 'clerk-stand-in.away'
  /** A token with less left is renewed first; Clerk's live 60 s. */
  const LEEWAY_MS = 10_000

  const listeners = new Set()
  let token = sessionStorage.getItem(TOKEN)
  let renewal = null

  takeTokenFromAddress()

  window.Clerk = {
    loaded: false,
    async load() {
      this.loaded = true
    },
    get session() {
      return token === null ? null : session
    },
    addListener(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async redirectToSignIn({ signInForceRedirectUrl = location.href } = {}) {
      const away = { state: crypto.randomUUID(), returnTo: signInForceRedirectUrl }
      sessionStorage.setItem(AWAY, JSON.stringify(away))
      const signIn = new URL('/sign-in', frontend)
      signIn.searchParams.set('redirect_url', location.href.split('#', 1)[0])
      signIn.searchParams.set('state', away.state)
      location.assign(signIn)
    },
    async signOut({ redirectUrl = '/' } = {}) {
      end()
      location.assign(redirectUrl)
    },
  }

  const session = {
    async getToken({ skipCache = false } = {}) {
      if (token !== null && (skipCache || expiryOf(token) - Date.now() < LEEWAY_MS)) {
        renewal ??= renew().finally(() => {
          renewal = null
        })
        await renewal
      }
      return token
    },
  }

  /** A token that nobody here asked for is dropped: it would sign this tab in as somebody else. */
  function takeTokenFromAddress() {
    const given = new URLSearchParams(location.hash.slice(1))
    if (!given.has('__clerk_token')) return
    const away = JSON.parse(sessionStorage.getItem(AWAY) ?? '{}')
    sessionStorage.removeItem(AWAY)
    const isExpected = away.state !== undefined && away.state === given.get('state')
    history.replaceState(null, '', isExpected ? away.returnTo : location.pathname)
    if (isExpected) keep(given.get('__clerk_token'))
  }

  async function renew() {
    const response = await fetch(`${frontend}/sign-in/renew`, { method: 'POST', body: token })
    if (response.status === 401) return end()
    keep((await response.json()).token)
  }

  function keep(fresh) {
    token = fresh
    sessionStorage.setItem(TOKEN, fresh)
  }

  function end() {
    token = null
    sessionStorage.removeItem(TOKEN)
    for (const listener of listeners) listener({ session: null })
  }

  function expiryOf(jwt) {
    const payload = jwt.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')
    return JSON.parse(atob(payload)).exp * 1000
  }
})()
