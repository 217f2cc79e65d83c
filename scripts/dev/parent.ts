const POLL_MS = 500

/** Calls back once when npm, which started this process, is gone: killed, it passes no signal on. */
export function whenParentEnds(callback: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    callback()
  }, POLL_MS)
  timer.unref()
}
