import { useCallback, useEffect, useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'
import { useProblem } from '../ui/use-problem.js'

const PAGE = 20

/** The caller's conversations of one status, newest first. */
export function useConversations(status) {
  const [conversations, setConversations] = useState(null)
  const [cursor, setCursor] = useState(null)
  const { problem, attempt } = useProblem()

  const load = useCallback(
    after =>
      attempt(async () => {
        const next = after ? `&cursor=${encodeURIComponent(after)}` : ''
        const page = await ask('GET', `/api/app/conversations?status=${status}&limit=${PAGE}${next}`)
        setConversations(all => (after ? [...all, ...page.data] : page.data))
        setCursor(page.nextCursor)
      }),
    [status],
  )
  useEffect(() => void load(null), [load])
  return { conversations, problem, reload: () => load(null), more: cursor && (() => load(cursor)) }
}
