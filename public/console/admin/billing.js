import { useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'
import { moment } from '../format.js'
import { html } from '../html.js'
import { ProblemNotice } from '../ui/notice.js'
import { useProblem } from '../ui/use-problem.js'
import { Badge, Choice } from './controls.js'
import { ListFrame } from './list-frame.js'
import { useList } from './use-list.js'
import { EVENT_STATUSES } from './words.js'

const PATH = '/api/admin/polar-events'
const KINDS = { failed: 'bad', pending: 'busy', processed: 'good' }
/** What a replay has come to. */
const OUTCOMES = {
  processed: 'It is applied now.',
  ignored: 'It is of no concern here and is left as it is.',
  pending: 'It still waits: its customer is not known yet.',
  failed: 'It has failed again.',
}

/** `#/billing` */
export function BillingPage() {
  const [status, setStatus] = useState('')
  const list = useList(PATH, { status })
  const empty = status ? 'There are no events of this status.' : 'Billing has sent nothing yet.'
  return html`
    <main class="page admin">
      <h1>Billing events</h1>
      <p><small>What Polar told, newest first. A failed or pending event can be applied again.</small></p>
      <search class="filters">
        <${Choice} label="Status" options=${{ '': 'All', ...EVENT_STATUSES }} value=${status} onChange=${setStatus} />
      </search>
      <${ListFrame} list=${list} label="Billing events" empty=${empty} item=${event => html`<${Event} event=${event} onChange=${list.put} />`} />
    </main>`
}

/** One that was replayed stays in sight, whatever the filter, with what came of it. */
function Event({ event, onChange }) {
  const { id, eventId, type, status, error, customer, processedAt, createdAt } = event
  const [isBusy, setBusy] = useState(false)
  const [told, setTold] = useState('')
  const { problem, attempt, dismiss } = useProblem()
  const canReplay = status === 'failed' || status === 'pending'
  const replay = async () => {
    setBusy(true)
    setTold('')
    await attempt(async () => {
      const replayed = await ask('POST', `${PATH}/${id}?action=replay`)
      onChange(replayed)
      setTold(OUTCOMES[replayed.status])
    })
    setBusy(false)
  }
  const who = customer.email ?? customer.externalId ?? customer.id ?? 'no customer named'
  return html`
    <div class="line">
      <strong class="foreign">${type}</strong>
      <${Badge} kind=${KINDS[status]}>${EVENT_STATUSES[status]}<//>
    </div>
    <small class="foreign">${who} · ${moment(createdAt)}${processedAt && ` · processed ${moment(processedAt)}`} · ${eventId}</small>
    ${error && html`<div class="failure foreign" role="region" aria-label=${`What was wrong with ${eventId}`} tabindex="0">${error}</div>`}
    ${(canReplay || told) && html`<div class="actions"><button type="button" class="small" aria-label=${`Replay ${type} ${eventId}`} aria-busy=${isBusy} disabled=${!canReplay} onClick=${replay}>Replay</button></div>`}
    <p class="told" role="status">${told}</p>
    <${ProblemNotice} problem=${problem} onDismiss=${dismiss} />`
}
