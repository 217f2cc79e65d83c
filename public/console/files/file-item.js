import { useState } from '/vendor/preact/hooks.js'
import { send } from '../api.js'
import { bytes, when } from '../format.js'
import { html } from '../html.js'
import { ProblemNotice } from '../ui/notice.js'
import { save } from '../ui/save.js'
import { useProblem } from '../ui/use-problem.js'

/** One file: what it is, how far it is read, and what can be done with it. */
export function FileItem({ file, isCurrent, onRetry, onDelete }) {
  const { problem, attempt, dismiss } = useProblem()
  const [isBusy, setBusy] = useState(false)
  const during = work => async () => {
    setBusy(true)
    await attempt(work)
    setBusy(false)
  }
  return html`
    <li class="file" id=${`file-${file.id}`} tabindex="-1" data-status=${file.status} aria-current=${isCurrent ? 'true' : undefined}>
      <div class="line">
        <h3 class="foreign">${file.name}</h3>
        <${Status} ...${file} />
      </div>
      <small>${bytes(file.size)} · ${when(file.createdAt)}${file.shared ? ' · shared with everyone' : ''}</small>
      ${file.status === 'failed' && html`<p class="failure foreign">${file.error ?? 'It could not be read.'}</p>`}
      ${file.summary && html`<p class="foreign summary">${file.summary}</p>`}
      ${file.piiFound.length > 0 && html`<p><small>Holds personal data: ${file.piiFound.join(', ')}</small></p>`}
      <${ProblemNotice} problem=${problem} onDismiss=${dismiss} />
      <div class="actions">
        <button type="button" class="small quiet" disabled=${isBusy} onClick=${during(() => download(file))} aria-label=${`Download ${file.name}`}>Download</button>
        ${
          file.status === 'failed' &&
          html`<button type="button" class="small" disabled=${isBusy} onClick=${during(() => onRetry(file))} aria-label=${`Read ${file.name} again`}>Retry</button>`
        }
        <button type="button" class="small quiet" disabled=${isBusy} onClick=${() => onDelete(file)} aria-label=${`Delete ${file.name}`}>Delete</button>
      </div>
    </li>`
}

function Status({ name, status, embedded, chunks, chunksDone }) {
  if (status === 'failed') return html`<span class="badge" data-kind="bad">Failed</span>`
  if (status === 'ready')
    return html`<span class="badge" data-kind="good">${embedded ? 'Searchable' : 'Stored'}</span>`
  return html`
    <span class="badge" data-kind="busy">
      Reading${chunks > 0 ? ` ${chunksDone} of ${chunks}` : '…'}
      <progress aria-label=${`Reading ${name}`} max=${chunks || 1} value=${chunks > 0 ? chunksDone : undefined}></progress>
    </span>`
}

/** With the token in a header, which a plain link could not send. */
async function download({ id, name }) {
  const response = await send('GET', `/api/files/${id}/content`)
  save(await response.blob(), name)
}
