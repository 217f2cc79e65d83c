import { useEffect, useState } from '/vendor/preact/hooks.js'

const LOOK_MS = 200

/** The whole seconds until a moment of `performance.now`, 0 once it is past or when there is none. */
export function useCountdown(until) {
  const [, setNow] = useState(0)
  useEffect(() => {
    if (!until) return
    const timer = setInterval(() => {
      setNow(performance.now())
      if (performance.now() >= until) clearInterval(timer)
    }, LOOK_MS)
    return () => clearInterval(timer)
  }, [until])
  return until ? Math.max(0, Math.ceil((until - performance.now()) / 1000)) : 0
}
