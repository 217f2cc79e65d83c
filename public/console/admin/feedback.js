import { useState } from '/vendor/preact/hooks.js'
import { moment } from '../format.js'
import { html } from '../html.js'
import { Badge, Choice } from './controls.js'
import { DownloadButton } from './download.js'
import { ListFrame } from './list-frame.js'
import { useList } from './use-list.js'
import { FORMS } from './words.js'

const PATH = '/api/admin/feedback'
const BEST = 5

/** `#/feedback` */
export function FeedbackPage() {
  const [formType, setFormType] = useState('')
  const filters = { formType }
  const list = useList(PATH, filters)
  const empty = formType
    ? 'There is no feedback on this yet.'
    : 'There is no feedback yet. What people say of the forms and demos is listed here.'
  return html`
    <main class="page admin">
      <div class="line">
        <h1>Feedback</h1>
        <${DownloadButton} path=${PATH} filters=${filters} name="feedback.csv" />
      </div>
      <search class="filters">
        <${Choice} label="Form" options=${{ '': 'All', ...FORMS }} value=${formType} onChange=${setFormType} />
      </search>
      <${ListFrame} list=${list} label="Feedback" empty=${empty} item=${one => html`<${Row} ...${one} />`} />
    </main>`
}

function Row({ formType, rating, feedbackText, userEmail, userCompany, allowFollowup, clerkId, createdAt }) {
  const who = [userEmail, userCompany, clerkId].filter(Boolean)
  return html`
    <div class="line">
      <strong><span class="stars" aria-hidden="true">${'★'.repeat(rating)}${'☆'.repeat(BEST - rating)}</span> ${rating} of ${BEST}</strong>
      <${Badge}>${FORMS[formType]}<//>
      ${allowFollowup && html`<${Badge} kind="good">May be asked back<//>`}
    </div>
    <p class="foreign">${feedbackText ?? html`<span class="empty">Nothing written.</span>`}</p>
    <small class="foreign">${[...(who.length > 0 ? who : ['Anonymous']), moment(createdAt)].join(' · ')}</small>`
}
