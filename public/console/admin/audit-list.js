import { moment } from '../format.js'
import { html } from '../html.js'
import { hrefOf } from '../route.js'
import { changesOf, sentenceOf } from './audit-words.js'
import { ListFrame } from './list-frame.js'

/** Where the objects that the log speaks of have a page of their own. */
const PAGE_OF = { contact: 'contacts', demo_request: 'demos', user: 'users' }

/** Who did what, in sentences; where all are about one object, `subject` is what it is called there. */
export function AuditList({ list, label, empty, subject }) {
  return html`<${ListFrame} list=${list} label=${label} empty=${empty} item=${entry => html`<${Entry} entry=${entry} subject=${subject} />`} />`
}

function Entry({ entry, subject }) {
  const { actor, target, note, createdAt } = entry
  const { verb, object, rest } = sentenceOf(entry)
  const page = subject ? null : PAGE_OF[target.type]
  const changes = changesOf(entry)
  return html`
    <p class="foreign">
      <strong>${actor.email ?? 'A former admin'}</strong> ${verb} ${' '}
      ${page ? html`<a href=${hrefOf(page, target.id)}>${object}</a>` : (subject ?? object)}${rest}${note && `: ${note}`}
    </p>
    ${
      changes.length > 0 &&
      html`
      <ul class="changes">
        ${changes.map(({ name, from, to }) => html`<li key=${name} class="foreign"><small>${name}: ${from} → ${to}</small></li>`)}
      </ul>`
    }
    <small>${moment(createdAt)}</small>`
}
