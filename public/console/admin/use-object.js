import { useEffect, useRef, useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'

/** One object of the API, read anew when the address changes; until then the one before stays. */
export function useObject(path) {
  const [object, setObject] = useState(null)
  const [problem, setProblem] = useState(null)
  const [isBusy, setBusy] = useState(true)
  const reading = useRef(null)

  const load = async () => {
    reading.current?.abort()
    const controller = new AbortController()
    reading.current = controller
    const { signal } = controller
    setBusy(true)
    setProblem(null)
    try {
      const found = await ask('GET', path, { signal })
      if (!signal.aborted) setObject(found)
    } catch (failure) {
      if (!signal.aborted) setProblem(failure)
    }
    if (!signal.aborted) setBusy(false)
  }
  useEffect(() => {
    load()
    return () => reading.current.abort()
  }, [path])
  return { object, setObject, problem, isBusy, reload: load }
}
