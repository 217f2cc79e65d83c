import { useMemo, useState } from '/vendor/preact/hooks.js'
import { number } from '../format.js'
import { html } from '../html.js'
import { hrefOf } from '../route.js'
import { DayChart } from '../ui/chart.js'
import { ProblemNotice } from '../ui/notice.js'
import { Choice } from './controls.js'
import { useObject } from './use-object.js'
import { PLAN_NAMES } from './words.js'

const SPANS = { 7: '7 days', 30: '30 days', 90: '90 days' }

/** `#/overview` */
export function OverviewPage() {
  const [span, setSpan] = useState('30')
  const { object: overview, problem, isBusy, reload } = useObject(`/api/admin/overview?days=${span}`)
  return html`
    <main class="page admin">
      <h1>Overview</h1>
      <${ProblemNotice} problem=${problem} onRetry=${reload} />
      ${overview === null && isBusy && html`<p aria-busy="true">Loading…</p>`}
      ${
        overview &&
        html`
        <${Figures} ...${overview} />
        <section aria-label="Day by day">
          <${Choice} label="How many days" options=${SPANS} value=${span} onChange=${setSpan} />
          <${Charts} days=${overview.days} isBusy=${isBusy} />
        </section>`
      }
    </main>`
}

function Figures({ users, plans, files, billingEvents, contacts, demoRequests }) {
  const mix = Object.entries(PLAN_NAMES).map(([plan, name]) => `${name} ${number(plans[plan])}`)
  return html`
    <ul class="figures">
      <${Figure} page="users" value=${users.total} label="users" aside=${`${number(users.suspended)} suspended, ${number(users.deleted)} deleted`} />
      <${Figure} page="users" value=${plans.professional + plans.enterprise} label="on a paid plan" aside=${mix.join(', ')} />
      <${Figure} page="contacts" value=${contacts.new} label="new contacts" />
      <${Figure} page="demos" value=${demoRequests.pending} label="pending demos" />
      <${Figure} page="billing" value=${billingEvents.failed} label="failed billing events" isBad=${billingEvents.failed > 0} aside=${`${number(billingEvents.pending)} pending`} />
      <${Figure} value=${files.failed} label="failed files" isBad=${files.failed > 0} aside=${`${number(files.processing)} being read`} />
    </ul>`
}

/** A number that leads to its page, where there is one. */
function Figure({ page, value, label, aside, isBad = false }) {
  const content = html`
    <strong data-bad=${isBad}>${number(value)}</strong> <span>${label}</span>
    ${aside && html`<small>${aside}</small>`}`
  return html`<li>${page ? html`<a href=${hrefOf(page)}>${content}</a>` : html`<div>${content}</div>`}</li>`
}

/** Prepared once for each answer: a chart is drawn anew when its figures are others. */
function Charts({ days, isBusy }) {
  const { dates, charts } = useMemo(() => chartsOf(days), [days])
  return html`
    <div class="charts" data-busy=${isBusy}>
      ${charts.map(({ title, series }) => html`<${DayChart} key=${title} title=${title} days=${dates} series=${series} />`)}
    </div>`
}

function chartsOf(days) {
  const series = (label, key, given) => ({
    label,
    colour: 'accent',
    values: days.map(day => day[key]),
    ...given,
  })
  const errors = series('Errors', 'errors', { colour: 'bad' })
  return {
    dates: days.map(({ day }) => day),
    charts: [
      { title: 'Requests', series: [series('Requests', 'requests'), errors] },
      { title: 'Cost', series: [series('Cost', 'costUsd', { amount: dollars })] },
      { title: 'Active tenants', series: [series('Active tenants', 'activeTenants', { isAdditive: false })] },
      { title: 'Sign-ups', series: [series('Sign-ups', 'signUps')] },
      { title: 'Prompt tokens', series: [series('Prompt tokens', 'promptTokens')] },
      { title: 'Completion tokens', series: [series('Completion tokens', 'completionTokens')] },
    ],
  }
}

/** Of small amounts the first digits that say something. */
function dollars(value) {
  const digits =
    value > 0 && value < 1
      ? { maximumSignificantDigits: 2 }
      : { maximumFractionDigits: 2, minimumFractionDigits: 0 }
  return value.toLocaleString('en', { style: 'currency', currency: 'USD', ...digits })
}
