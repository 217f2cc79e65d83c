import { useCallback, useContext, useEffect, useState } from '/vendor/preact/hooks.js'
import { createContext } from '/vendor/preact/preact.js'
import { ask, onInactive } from './api.js'
import { html } from './html.js'

const Me = createContext({ me: null, problem: null, refresh: async () => null })

/**
 * Who is signed in, as `/api/app/me` tells: `me` is null until it is known, or when it could not be read, which
 * `problem` then says. `refresh` reads it anew for every page and gives it, or null.
 */
export function useMe() {
  return useContext(Me)
}

/** Reads once who is signed in, for all pages in it. */
export function MeProvider({ children }) {
  const [state, setState] = useState({ me: null, problem: null })
  const refresh = useCallback(async () => {
    try {
      const me = await ask('GET', '/api/app/me')
      setState({ me, problem: null })
      return me
    } catch (problem) {
      setState(({ me }) => ({ me, problem }))
      return null
    }
  }, [])
  useEffect(() => void refresh(), [])
  // An account may be suspended in the middle of its work: whatever is asked next says so.
  useEffect(() => onInactive(problem => setState(({ me }) => ({ me, problem }))), [])
  return html`<${Me.Provider} value=${{ ...state, refresh }}>${children}<//>`
}
