import { useState } from '/vendor/preact/hooks.js'
import { html } from '../html.js'
import { go } from '../route.js'
import { ConfirmDialog, Dialog } from '../ui/dialog.js'
import { ProblemNotice } from '../ui/notice.js'
import { useProblem } from '../ui/use-problem.js'

const MAX_TITLE = 200

/** The title of the open conversation, and what can be done with it as a whole. */
export function ThreadBar({ title, status, isBusy, onUpdate, onRemove }) {
  const [dialog, setDialog] = useState(null)
  const { problem, attempt, dismiss } = useProblem()
  const close = () => setDialog(null)
  const isArchived = status === 'archived'
  const setStatus = () => attempt(() => onUpdate({ status: isArchived ? 'active' : 'archived' }))
  const remove = async () => {
    await onRemove()
    go('chat')
  }
  return html`
    <div class="thread-bar line">
      <h2 class="foreign">${title ?? (isBusy ? 'New chat' : 'Untitled')}</h2>
      <button type="button" class="small quiet" disabled=${isBusy} onClick=${() => setDialog('rename')}>Rename</button>
      <button type="button" class="small quiet" disabled=${isBusy} onClick=${setStatus}>${isArchived ? 'Restore' : 'Archive'}</button>
      <button type="button" class="small quiet" disabled=${isBusy} onClick=${() => setDialog('delete')}>Delete</button>
    </div>
    <${ProblemNotice} problem=${problem} onDismiss=${dismiss} />
    ${dialog === 'rename' && html`<${RenameDialog} title=${title ?? ''} onRename=${onUpdate} onClose=${close} />`}
    ${
      dialog === 'delete' &&
      html`
      <${ConfirmDialog}
        title="Delete this conversation?" text=${`“${title ?? 'Untitled'}” goes for good.`} action="Delete"
        onConfirm=${remove} onClose=${close}
      />`
    }`
}

function RenameDialog({ title, onRename, onClose }) {
  const [text, setText] = useState(title)
  const { problem, attempt } = useProblem()
  const rename = async event => {
    event.preventDefault()
    if (text.trim() !== '' && (await attempt(() => onRename({ title: text.trim() })))) onClose()
  }
  return html`
    <${Dialog} title="Rename" onClose=${onClose}>
      <form onSubmit=${rename}>
        <label>Title <input autofocus required maxlength=${MAX_TITLE} value=${text} onInput=${event => setText(event.target.value)} /></label>
        <${ProblemNotice} problem=${problem} />
        <footer>
          <button type="button" class="quiet" onClick=${onClose}>Cancel</button>
          <button type="submit">Rename</button>
        </footer>
      </form>
    <//>`
}
