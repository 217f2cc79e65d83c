import { number } from '../format.js'
import { html } from '../html.js'
import { DayChart } from '../ui/chart.js'
import { ProblemNotice } from '../ui/notice.js'
import { useUsage } from './use-usage.js'

/** What was asked of the API lately: per day, and per endpoint. */
export function Activity() {
  const { usage, problem, reload } = useUsage()
  return html`
    <section aria-labelledby="activity" aria-busy=${!usage && !problem}>
      <h2 id="activity">The last 30 days</h2>
      <${ProblemNotice} problem=${problem} onRetry=${reload} />
      ${!usage && !problem && html`<p class="empty">Loading…</p>`}
      ${usage && (usage.endpoints.length === 0 ? html`<p class="empty">Nothing was asked of the API yet. Requests show here a few seconds after they were made.</p>` : html`<${Figures} ...${usage} />`)}
    </section>`
}

function Figures({ days, series, endpoints }) {
  return html`
    <${DayChart} title="Requests per day" days=${days} series=${series} />
    <div class="scroll" role="region" aria-label="Requests by endpoint" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Endpoint</th>
            <th scope="col">Requests</th>
            <th scope="col">Errors</th>
            <th scope="col"><abbr title="Half of the answers took no longer">p50</abbr></th>
            <th scope="col"><abbr title="95 of 100 answers took no longer">p95</abbr></th>
            <th scope="col">Tokens</th>
            <th scope="col">Cost</th>
          </tr>
        </thead>
        <tbody>${endpoints.map(row)}</tbody>
      </table>
    </div>`
}

function row({ key, requests, errors, p50Ms, p95Ms, promptTokens, completionTokens, costUsd }) {
  return html`
    <tr key=${key}>
      <th scope="row">${key}</th>
      <td>${number(requests)}</td>
      <td>${number(errors)}</td>
      <td>${duration(p50Ms)}</td>
      <td>${duration(p95Ms)}</td>
      <td>${number(promptTokens + completionTokens)}</td>
      <td>${dollars(costUsd)}</td>
    </tr>`
}

function duration(ms) {
  if (ms === null) return '–'
  return ms < 1_000
    ? `${Math.round(ms)} ms`
    : `${(ms / 1_000).toLocaleString('en', { maximumFractionDigits: 1 })} s`
}

/** Small sums too: a single question costs a fraction of a cent. */
function dollars(sum) {
  return sum.toLocaleString('en', {
    style: 'currency',
    currency: 'USD',
    maximumFractionDigits: sum > 0 && sum < 1 ? 4 : 2,
  })
}
