import { pick } from '../../../lib/billing/histories.ts'
import type { Kind } from '../kind.ts'

const LISTS = [
  '/api/app/conversations',
  '/api/files',
  '/api/app/api-keys',
  '/api/app/usage',
  '/api/analytics',
]

/** Reads: who one is, lists, a conversation, a file. */
export const reads: Kind = {
  async act(hand) {
    const { conversations, files } = hand.tenant
    const [conversation, file] = [conversations, files].map(ids => ids[Math.floor(hand.next() * ids.length)])
    const single = [
      ...(conversation ? [`/api/app/conversations/${conversation}`] : []),
      ...(file ? [`/api/files/${file}`] : []),
    ]
    if (hand.chance(0.4)) return void (await hand.send('me', { method: 'GET', path: '/api/app/me' }))
    await hand.send('read', { method: 'GET', path: pick(hand.next, [...LISTS, ...single]) })
  },
  check: () => [],
}
