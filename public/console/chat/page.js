import { useEffect, useState } from '/vendor/preact/hooks.js'
import { html } from '../html.js'
import { hrefOf, isAt } from '../route.js'
import { ConversationList } from './conversation-list.js'
import { Thread } from './thread.js'
import { useConversations } from './use-conversations.js'
import { useThread } from './use-thread.js'

/** `#/chat` begins a conversation, `#/chat/<id>` goes on with one. */
export function ChatPage({ conversationId }) {
  const [status, setStatus] = useState('active')
  const [isListOpen, setListOpen] = useState(false)
  const list = useConversations(status)
  const thread = useThread(conversationId, {
    // Who has left in the meantime is not called back.
    onBegun: id => isAt('chat', conversationId) && location.replace(hrefOf('chat', id)),
    onChange: list.reload,
  })
  // The server names a new conversation; the list is what is read again after each answer.
  const title = list.conversations?.find(({ id }) => id === conversationId)?.title ?? thread.title
  useEffect(() => setListOpen(false), [conversationId])
  return html`
    <main class="chat" data-list=${isListOpen ? 'open' : 'closed'}>
      <h1 class="unseen">Chat</h1>
      <button type="button" class="small quiet list-toggle" aria-expanded=${isListOpen} onClick=${() => setListOpen(!isListOpen)}>
        ${isListOpen ? 'Back to the conversation' : 'Conversations'}
      </button>
      <${ConversationList} ...${list} current=${conversationId} status=${status} onStatus=${setStatus} />
      <${Thread} conversationId=${conversationId} thread=${{ ...thread, title }} />
    </main>`
}
