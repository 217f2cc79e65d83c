import { html } from '../html.js'
import { hrefOf } from '../route.js'
import { ProblemNotice } from '../ui/notice.js'
import { Composer } from './composer.js'
import { Log } from './log.js'
import { ThreadBar } from './thread-bar.js'

/** The open conversation: its title, what was said, and where to say more. */
export function Thread({ conversationId, thread }) {
  const { messages, title, status, cursor, isLoading, isAnswering, problem } = thread
  const retries = {
    load: ['Load the conversation again', thread.reload],
    ask: ['Ask again', thread.askAgain],
  }
  const [retryLabel, onRetry] = retries[thread.retry] ?? []
  const isStored = conversationId && messages.length > 0
  return html`
    <section class="thread" aria-label="Conversation">
      ${
        isStored &&
        html`<${ThreadBar} key=${conversationId} title=${title} status=${status} isBusy=${isAnswering} onUpdate=${thread.update} onRemove=${thread.remove} />`
      }
      <${Log} messages=${messages} isAnswering=${isAnswering} onOlder=${cursor && thread.loadOlder}>
        ${isLoading && html`<p aria-busy="true">Loading the conversation…</p>`}
        ${!conversationId && messages.length === 0 && html`<${Welcome} />`}
      <//>
      <${ProblemNotice} problem=${problem} onRetry=${onRetry} retryLabel=${retryLabel} />
      <p class="unseen" role="status">${isAnswering ? 'The answer is being written.' : ''}</p>
      <${Composer} isAnswering=${isAnswering} canStop=${Boolean(conversationId)} onSend=${thread.send} onStop=${thread.stop} />
    </section>`
}

function Welcome() {
  return html`
    <div class="empty">
      <h2>Ask your files</h2>
      <p>
        Answers come with the passages they rest on. <a href=${hrefOf('files')}>Upload files</a> first, or turn
        “Use my files” off to just talk with the model.
      </p>
    </div>`
}
