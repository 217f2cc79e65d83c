import { useCallback, useEffect, useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'
import { useMe } from '../me.js'
import { useProblem } from '../ui/use-problem.js'

const PATH = '/api/app/api-keys'
const PAGE = 50

/**
 * The caller's keys, newest first: those that work, or all of them. One that is revoked here stays listed, with
 * `undoUntil` (on the clock of `performance.now`) while that can be undone.
 */
export function useKeys() {
  const [list, setList] = useState(null)
  const [cursor, setCursor] = useState(null)
  const [isAll, setAll] = useState(false)
  const { refresh } = useMe()
  const { problem, attempt } = useProblem()

  const load = useCallback(
    after =>
      attempt(async () => {
        const next = after ? `&cursor=${encodeURIComponent(after)}` : ''
        const page = await ask('GET', `${PATH}?limit=${PAGE}&includeRevoked=${isAll}${next}`)
        setList(all => (after ? [...all, ...page.data] : page.data.map(key => withUndo(key, all))))
        setCursor(page.nextCursor)
      }),
    [isAll],
  )
  useEffect(() => void load(null), [load])

  const change = (id, changes) =>
    setList(all => all.map(key => (key.id === id ? { ...key, ...changes } : key)))
  const create = async wish => {
    const { key, ...made } = await ask('POST', PATH, { json: wish })
    setList(all => [fresh(made), ...(all ?? [])])
    refresh()
    return { key, ...made }
  }
  const rotate = async ({ id }, graceSeconds) => {
    const { key, replaces, ...made } = await ask(
      'POST',
      withId(id, `action=rotate&graceSeconds=${graceSeconds}`),
    )
    const { expiresAt } = replaces
    const isRefused = graceSeconds === 0
    change(id, { expiresAt, isReplaced: true, ...(isRefused && { revokedAt: expiresAt }) })
    setList(all => [fresh(made), ...all])
    refresh()
    return { key, replaces: { expiresAt, isRefused }, ...made }
  }
  const revoke = async ({ id }) => {
    // The server's ten seconds begin before its answer is here.
    const asked = performance.now()
    const { revokedAt, restorableUntil } = await ask('DELETE', withId(id))
    const window = new Date(restorableUntil) - new Date(revokedAt)
    change(id, { revokedAt, undoUntil: asked + window })
    refresh()
  }
  const restore = async ({ id }) => {
    await ask('POST', withId(id, 'action=restore'))
    change(id, { revokedAt: null, undoUntil: null })
    refresh()
  }
  return {
    list,
    isAll,
    setAll,
    problem,
    create,
    rotate,
    revoke,
    restore,
    reload: () => load(null),
    more: cursor && (() => load(cursor)),
  }
}

function withId(id, rest) {
  return `${PATH}?keyId=${encodeURIComponent(id)}${rest ? `&${rest}` : ''}`
}

/** Showing other keys too must not take the way back from one just revoked. */
function withUndo(key, before) {
  const known = before?.find(({ id }) => id === key.id)
  return known?.undoUntil ? { ...key, undoUntil: known.undoUntil } : key
}

function fresh(made) {
  return { ...made, lastUsedAt: null, revokedAt: null }
}
