import { useCallback, useEffect, useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'
import { useProblem } from '../ui/use-problem.js'

const DAYS = 30
const DAY_MS = 24 * 3600_000

/**
 * Requests of the last days: `days` and `series` for a chart, `endpoints` with the most asked first; null until
 * known.
 */
export function useUsage() {
  const [usage, setUsage] = useState(null)
  const { problem, attempt } = useProblem()
  const reload = useCallback(
    () =>
      attempt(async () => {
        const days = lastDays()
        const path = `/api/app/usage?from=${days[0]}&groupBy=`
        const [daily, byEndpoint] = await Promise.all([
          ask('GET', `${path}day`),
          ask('GET', `${path}endpoint`),
        ])
        setUsage({ days, series: seriesOf(days, daily.data), endpoints: mostAsked(byEndpoint.data) })
      }),
    [],
  )
  useEffect(() => void reload(), [])
  return { usage, problem, reload }
}

/** As the server counts them, in UTC; today is the last. */
function lastDays() {
  const now = Date.now()
  return Array.from({ length: DAYS }, (_, position) =>
    new Date(now - (DAYS - 1 - position) * DAY_MS).toISOString().slice(0, 10),
  )
}

/** A day on which nothing was asked is not told. */
function seriesOf(days, data) {
  const told = new Map(data.map(group => [group.key, group]))
  const valuesOf = name => days.map(date => told.get(date)?.[name] ?? 0)
  return [
    { label: 'Requests', colour: 'accent', values: valuesOf('requests') },
    { label: 'Errors', colour: 'bad', values: valuesOf('errors') },
  ]
}

function mostAsked(data) {
  return data.toSorted((one, other) => other.requests - one.requests)
}
