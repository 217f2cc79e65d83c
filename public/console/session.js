/**
 * Who is signed in, through Clerk's browser SDK. The page names the SDK's address: that of Clerk, or of the local
 * stand-in, which serves a script with the same interface.
 */
const LOAD_MS = 15_000
const listeners = new Set()
let clerk = null

/** @returns {Promise<'ready' | 'not-configured' | 'unreachable'>} */
export async function startSession() {
  const publishableKey = metaContent('clerk-publishable-key')
  if (!publishableKey) return 'not-configured'
  try {
    await loadScript(metaContent('clerk-script'), publishableKey)
    clerk = window.Clerk
    // Telemetry goes to a host that the page's policy does not allow.
    await clerk.load({ telemetry: false })
  } catch {
    return 'unreachable'
  }
  clerk.addListener(() => {
    for (const listener of listeners) listener(isSignedIn())
  })
  return 'ready'
}

export function isSignedIn() {
  return Boolean(clerk?.session)
}

/** Calls back whenever somebody signs in or out. */
export function onSessionChange(listener) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** A session token for one request, or null; `isFresh` asks for one that was never used. */
export async function getToken({ isFresh = false } = {}) {
  return (await clerk?.session?.getToken({ skipCache: isFresh })) ?? null
}

/** Leaves for the sign-in page, which leads back here. */
export function signIn() {
  return clerk.redirectToSignIn({
    signInForceRedirectUrl: location.href,
    signUpForceRedirectUrl: location.href,
  })
}

export function signOut() {
  return clerk.signOut({ redirectUrl: '/console' })
}

function metaContent(name) {
  return document.querySelector(`meta[name="${name}"]`)?.content
}

function loadScript(src, publishableKey) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.crossOrigin = 'anonymous'
    script.dataset.clerkPublishableKey = publishableKey
    script.addEventListener('load', resolve)
    script.addEventListener('error', reject)
    setTimeout(reject, LOAD_MS)
    script.src = src
    document.head.append(script)
  })
}
