import { when } from '../format.js'
import { html } from '../html.js'
import { hrefOf } from '../route.js'
import { ProblemNotice } from '../ui/notice.js'

/** Past conversations, and the way to a new one. */
export function ConversationList({ current, status, onStatus, conversations, problem, reload, more }) {
  const item = ({ id, title, lastMessageAt }) => html`
    <li key=${id}>
      <a href=${hrefOf('chat', id)} aria-current=${id === current ? 'true' : undefined}>
        <span class="foreign">${title ?? 'Untitled'}</span>
        <small>${when(lastMessageAt)}</small>
      </a>
    </li>`
  return html`
    <nav class="conversations" aria-label="Conversations">
      <a class="new" role="button" href=${hrefOf('chat')}>New chat</a>
      <select aria-label="Which conversations" value=${status} onChange=${event => onStatus(event.target.value)}>
        <option value="active">Active</option>
        <option value="archived">Archived</option>
      </select>
      <${ProblemNotice} problem=${problem} onRetry=${reload} />
      ${
        conversations?.length === 0 &&
        html`<p class="empty">${status === 'active' ? 'Your conversations will be listed here.' : 'Nothing is archived.'}</p>`
      }
      <ul>${(conversations ?? []).map(item)}</ul>
      ${more && html`<button type="button" class="small quiet" onClick=${more}>Show older</button>`}
    </nav>`
}
