import { useCallback, useState } from '/vendor/preact/hooks.js'

/** Keeps the last failure of what is tried; `attempt` runs something and resolves to whether it went well. */
export function useProblem() {
  const [problem, setProblem] = useState(null)
  const attempt = useCallback(async work => {
    try {
      await work()
      setProblem(null)
      return true
    } catch (error) {
      setProblem(error)
      return false
    }
  }, [])
  return { problem, attempt, dismiss: () => setProblem(null) }
}
