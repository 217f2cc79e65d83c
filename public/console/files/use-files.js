import { useCallback, useEffect, useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'
import { useProblem } from '../ui/use-problem.js'

const PAGE = 50
/** How often files under way are asked for: soon at first, then less and less. */
const POLL_MS = { first: 700, longest: 8_000, growth: 1.4 }

/** The caller's files, newest first; those being read are followed until they are ready or failed. */
export function useFiles() {
  const [files, setFiles] = useState(null)
  const [cursor, setCursor] = useState(null)
  const { problem, attempt } = useProblem()

  const put = useCallback(file => setFiles(all => withFile(all ?? [], file)), [])
  const load = useCallback(
    after =>
      attempt(async () => {
        const page = await ask(
          'GET',
          `/api/files?limit=${PAGE}${after ? `&cursor=${encodeURIComponent(after)}` : ''}`,
        )
        setFiles(all => (after ? page.data.reduce(withOlder, all) : page.data))
        setCursor(page.nextCursor)
      }),
    [],
  )
  useEffect(() => void load(null), [])
  useFollowing(files, setFiles)

  const remove = async file => {
    await ask('DELETE', `/api/files/${file.id}`)
    setFiles(all => all.filter(({ id }) => id !== file.id))
  }
  const retry = async file => put(await ask('POST', `/api/files/${file.id}?action=retry`))
  return {
    files,
    problem,
    put,
    remove,
    retry,
    reload: () => load(null),
    more: cursor && (() => load(cursor)),
  }
}

/** One request a round, whatever the number of files under way: the newest page has them. */
function useFollowing(files, setFiles) {
  const isUnderWay = (files ?? []).some(({ status }) => status === 'processing')
  useEffect(() => {
    if (!isUnderWay) return
    let wait = POLL_MS.first
    let timer = setTimeout(look, wait)
    async function look() {
      const page = await ask('GET', `/api/files?limit=${PAGE}`).catch(() => null)
      const fresh = new Map(page?.data.map(file => [file.id, file]))
      // Only those still listed: one may have been deleted meanwhile.
      setFiles(all => all.map(file => fresh.get(file.id) ?? file))
      wait = Math.min(wait * POLL_MS.growth, POLL_MS.longest)
      timer = setTimeout(look, wait)
    }
    return () => clearTimeout(timer)
  }, [isUnderWay])
}

function withFile(all, file) {
  const isKnown = all.some(({ id }) => id === file.id)
  return isKnown ? all.map(one => (one.id === file.id ? file : one)) : [file, ...all]
}

function withOlder(all, file) {
  return all.some(({ id }) => id === file.id) ? all : [...all, file]
}
