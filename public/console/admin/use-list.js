import { useEffect, useRef, useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'

const PAGE = 20
const NOTHING = { items: null, cursor: null, problem: null, isBusy: true }

/** The filters that say something, as a query. */
export function queryOf(filters) {
  return new URLSearchParams(Object.entries(filters).filter(([, value]) => value)).toString()
}

/**
 * A list of the API under some filters, read anew when they change: what was asked before is then given up.
 * `more` reads on and is null at the end; `retry` repeats what failed. `put` shows an item as it is now, or takes
 * it out when it does not fit the filters any more.
 */
export function useList(path, filters) {
  const [{ items, cursor, problem, isBusy }, setState] = useState(NOTHING)
  const reading = useRef(null)
  const query = queryOf(filters)

  const load = async after => {
    reading.current?.abort()
    const controller = new AbortController()
    reading.current = controller
    const change = next => !controller.signal.aborted && setState(next)
    change(state => ({ ...state, problem: null, isBusy: true }))
    try {
      const address = `${path}?${queryOf({ limit: PAGE, cursor: after })}${query && `&${query}`}`
      const page = await ask('GET', address, { signal: controller.signal })
      change(({ items }) => ({
        items: after ? [...items, ...page.data] : page.data,
        cursor: page.nextCursor,
        problem: null,
        isBusy: false,
      }))
    } catch (failure) {
      // What is listed belongs to other filters, unless only the next page failed.
      change(state => ({ ...(after ? state : NOTHING), problem: failure, isBusy: false }))
    }
  }
  useEffect(() => {
    load(null)
    return () => reading.current.abort()
  }, [path, query])

  const put = (item, fits = true) =>
    setState(state => ({ ...state, items: state.items && replaced(state.items, item, fits) }))
  return {
    items,
    problem,
    isBusy,
    put,
    more: cursor && (() => load(cursor)),
    retry: () => load(items && cursor),
  }
}

/** What is typed, once it has not changed for a moment. */
export function useDebounced(value, ms = 250) {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(setSettled, ms, value)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

function replaced(items, item, fits) {
  return items.flatMap(one => (one.id !== item.id ? [one] : fits ? [item] : []))
}
