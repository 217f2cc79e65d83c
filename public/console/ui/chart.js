import { useEffect, useId, useRef, useState } from '/vendor/preact/hooks.js'
import { day, number } from '../format.js'
import { html } from '../html.js'

const HEIGHT = 200
/** Steps between whole numbers on an axis. */
const WHOLE = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map(step => step * 10 ** power)).flat()
const DARK = matchMedia('(prefers-color-scheme: dark)')

/**
 * Figures per day as bars, one over the other, and the same as a table.
 * @param {{
 *   title: string,
 *   days: string[],
 *   series: {
 *     label: string, colour: 'accent' | 'bad', values: number[], amount?: (value: number) => string,
 *     isAdditive?: boolean,
 *   }[],
 * }} props `days` are dates in UTC without a gap; the first series holds the highest values. What is not additive,
 *   as the same may be counted on several days, is not summed up.
 */
export function DayChart({ title, days, series }) {
  const box = useRef(null)
  const titleId = useId()
  const [pointed, setPointed] = useState(null)
  usePlot(box, { days, series, onPoint: setPointed })
  return html`
    <figure class="chart" aria-labelledby=${titleId}>
      <figcaption class="line">
        <b id=${titleId}>${title}</b>
        ${series.map(
          ({ label, colour, values, amount = number }) => html`
            <small key=${label}><i class="swatch" data-colour=${colour}></i> ${label}${pointed !== null && `: ${amount(values[pointed])}`}</small>`,
        )}
        <small class="pointed" aria-hidden="true">${pointed !== null && day(days[pointed], 'UTC')}</small>
      </figcaption>
      <div class="plot" ref=${box} role="img" aria-label=${`${series.map(inWords).join(', ')}. The table below has every day.`}></div>
      <details>
        <summary>${title} as a table</summary>
        <table>
          <thead><tr><th scope="col">Day (UTC)</th>${series.map(({ label }) => html`<th scope="col">${label}</th>`)}</tr></thead>
          <tbody>
            ${days.map(
              (date, position) => html`
                <tr key=${date}>
                  <th scope="row">${day(date, 'UTC')}</th>
                  ${series.map(({ values, amount = number }) => html`<td>${amount(values[position])}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </details>
    </figure>`
}

function inWords({ label, values, amount = number, isAdditive = true }) {
  if (!isAdditive) return `${label}: at most ${amount(Math.max(...values))} on one of ${values.length} days`
  return `${label}: ${amount(values.reduce((sum, value) => sum + value, 0))} in ${values.length} days`
}

/** Draws into the box, as wide as it is; anew when the figures or the colour scheme change. */
function usePlot(box, { days, series, onPoint }) {
  const [isDark, setDark] = useState(DARK.matches)
  useEffect(() => {
    const follow = () => setDark(DARK.matches)
    DARK.addEventListener('change', follow)
    return () => DARK.removeEventListener('change', follow)
  }, [])
  useEffect(() => {
    const element = box.current
    let plot = null
    let isOver = false
    const observer = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: HEIGHT }))
    // The table has all of it, should the library not arrive.
    import('/vendor/uplot/uplot.js').then(
      ({ default: Plot }) => {
        if (isOver) return
        const data = [days.map((_date, position) => position), ...series.map(({ values }) => values)]
        plot = new Plot(optionsOf(Plot, { element, days, series, onPoint }), data, element)
        observer.observe(element)
      },
      () => {},
    )
    return () => {
      isOver = true
      observer.disconnect()
      plot?.destroy()
    }
  }, [days, series, isDark])
}

function optionsOf(Plot, { element, days, series, onPoint }) {
  const { color: ink, borderColor: line } = getComputedStyle(element)
  const bars = Plot.paths.bars({ size: [0.7, 40] })
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } }
  const amount = series[0].amount ?? compact
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [12, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: (_plot, first, last) => [first - 0.5, last + 0.5] },
      y: { range: (_plot, _least, most) => [0, (most || 1) * 1.05] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 56,
        incrs: [1, 2, 5, 7, 10, 15, 30],
        values: (_plot, splits) => splits.map(position => short(days[position])),
      },
      {
        ...axis,
        size: (_plot, labels) => roomFor(labels),
        ...(isWhole(series) && { incrs: WHOLE }),
        values: (_plot, splits) => splits.map(amount),
      },
    ],
    series: [
      {},
      ...series.map(({ label, colour }) => {
        const fill = colourOf(element, colour)
        return { label, fill, stroke: fill, width: 0, paths: bars, points: { show: false } }
      }),
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
  }
}

/** As the legend beside it has it: a canvas knows no variables. */
function colourOf(element, colour) {
  const swatch = element.parentElement.querySelector(`.swatch[data-colour="${colour}"]`)
  return getComputedStyle(swatch).backgroundColor
}

/** Pixels beside the plot for labels in the font of its axes, 12 px. */
function roomFor(labels) {
  const longest = Math.max(0, ...(labels ?? []).map(label => label.length))
  return Math.max(52, 16 + 8 * longest)
}

function isWhole(series) {
  return series.every(({ values }) => values.every(Number.isInteger))
}

function compact(value) {
  return value.toLocaleString('en', { notation: 'compact' })
}

function short(date) {
  if (date === undefined) return ''
  return new Date(date).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
}
