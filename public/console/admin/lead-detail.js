import { useState } from '/vendor/preact/hooks.js'
import { ask } from '../api.js'
import { moment } from '../format.js'
import { html } from '../html.js'
import { ProblemNotice } from '../ui/notice.js'
import { useProblem } from '../ui/use-problem.js'
import { Badge, Facts } from './controls.js'
import { DetailHead } from './list-frame.js'
import { useObject } from './use-object.js'
import { counted } from './words.js'

const MAX_NOTE = 2_000

/** One contact or demo request: all they sent, where it stands, and what admins noted. */
export function LeadDetail({ kind, id, onChange }) {
  const path = `${kind.path}/${encodeURIComponent(id)}`
  const { object: lead, setObject, problem, reload } = useObject(path)
  const update = async changes => {
    const changed = await ask('PATCH', path, { json: changes })
    setObject(changed)
    onChange(changed)
  }
  const badge = lead && html`<${Badge}>${kind.statuses[lead.status]}<//>`
  return html`
    <${DetailHead} page=${kind.page} back=${kind.title} name=${lead?.name} badges=${badge} object=${lead} problem=${problem} onRetry=${reload} />
    ${
      lead &&
      html`
      <${Steps} statuses=${kind.statuses} status=${lead.status} onMove=${update} />
      <${Sent} kind=${kind} lead=${lead} />
      ${lead.followUps?.length > 0 && html`<${FollowUps} lead=${lead} />`}
      <${Notes} notes=${lead.notes} onAdd=${update} />`
    }`
}

/** Where it stands, and the way to every other status; all buttons stay, so that the focus does. */
function Steps({ statuses, status, onMove }) {
  const { problem, attempt, dismiss } = useProblem()
  const [moving, setMoving] = useState(null)
  const [told, setTold] = useState('')
  const move = async to => {
    if (to === status || moving !== null) return
    setMoving(to)
    setTold('')
    if (await attempt(() => onMove({ status: to }))) setTold(`Moved to ${statuses[to]}.`)
    setMoving(null)
  }
  return html`
    <section aria-label="Status">
      <fieldset class="steps">
        <legend>Move to</legend>
        ${Object.entries(statuses).map(
          ([key, text]) => html`
            <button type="button" key=${key} class="small quiet" aria-pressed=${key === status} aria-busy=${key === moving} onClick=${() => move(key)}>${text}</button>`,
        )}
      </fieldset>
      <p class="told" role="status">${told}</p>
      <${ProblemNotice} problem=${problem} onDismiss=${dismiss} />
    </section>`
}

function Sent({ kind, lead }) {
  const { name, email, phone, company, clerkId, createdAt, updatedAt } = lead
  const facts = {
    Name: name,
    'E-mail': html`<a href=${`mailto:${encodeURIComponent(email)}`}>${email}</a>`,
    Phone: phone,
    Company: company,
    ...kind.facts(lead),
    'Signed in as': clerkId,
    Sent: moment(createdAt),
    'Last change': moment(updatedAt),
  }
  return html`
    <section aria-label="What they sent">
      ${Object.entries(kind.texts(lead))
        .filter(([, text]) => text)
        .map(([title, text]) => html`<h2 key=${title}>${title}</h2> <p class="foreign said-by">${text}</p>`)}
      <${Facts} facts=${facts} />
    </section>`
}

/** What the same address sent later, in full. */
function FollowUps({ lead }) {
  const { followUps, followUpCount } = lead
  return html`
    <section aria-label="Follow-ups">
      <h2>${counted(followUpCount, 'follow-up')}</h2>
      <ul class="rows">
        ${followUps.map(({ name, phone, company, message, source, clerkId, createdAt }) => {
          const who = [name, company, phone, clerkId, source].filter(Boolean).join(' · ')
          return html`
            <li>
              <small class="foreign">${moment(createdAt)} · ${who}</small>
              <p class="foreign">${message}</p>
            </li>`
        })}
      </ul>
    </section>`
}

function Notes({ notes, onAdd }) {
  const { problem, attempt } = useProblem()
  const [text, setText] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [told, setTold] = useState('')
  const add = async event => {
    event.preventDefault()
    if (text.trim() === '' || isBusy) return
    setBusy(true)
    setTold('')
    if (await attempt(() => onAdd({ note: text.trim() }))) {
      setText('')
      setTold('The note is added.')
    }
    setBusy(false)
  }
  return html`
    <section aria-label="Notes">
      <h2>Notes</h2>
      ${notes.length === 0 && html`<p class="empty">There are no notes yet. Only admins read them.</p>`}
      <ol class="rows">
        ${notes.map(
          note => html`
            <li>
              <small class="foreign">${note.author.email ?? 'A former admin'}, ${moment(note.createdAt)}</small>
              <p class="foreign">${note.text}</p>
            </li>`,
        )}
      </ol>
      <form class="stacked" onSubmit=${add}>
        <label>New note <textarea rows="3" maxlength=${MAX_NOTE} value=${text} onInput=${event => setText(event.target.value)}></textarea></label>
        <button type="submit" class="small" aria-busy=${isBusy} disabled=${text.trim() === ''}>Add note</button>
      </form>
      <p class="told" role="status">${told}</p>
      <${ProblemNotice} problem=${problem} />
    </section>`
}
