import type { Kind } from '../kind.ts'
import { chats, streams } from './chats.ts'
import { files } from './files.ts'
import { analytics, contacts, demos, feedback } from './forms.ts'
import { keys } from './keys.ts'
import { reads } from './reads.ts'
import { clerk, polar } from './webhooks.ts'

/** What the load does; each with the names that its effects bear in the ledger and how often it comes. */
export const KINDS = {
  clerk: { kind: clerk, effects: ['clerk'], weight: 2 },
  polar: { kind: polar, effects: ['polar'], weight: 2 },
  keys: { kind: keys, effects: ['key', 'revoke'], weight: 2 },
  chats: { kind: chats, effects: ['chat', 'stream'], weight: 2 },
  streams: { kind: streams, effects: [], weight: 1 },
  files: { kind: files, effects: ['upload', 'delete'], weight: 2 },
  contacts: { kind: contacts, effects: ['contact'], weight: 2 },
  demos: { kind: demos, effects: ['demo'], weight: 1 },
  feedback: { kind: feedback, effects: ['feedback'], weight: 1 },
  analytics: { kind: analytics, effects: ['analytics'], weight: 2 },
  reads: { kind: reads, effects: [], weight: 3 },
} as const satisfies Record<string, { kind: Kind; effects: readonly string[]; weight: number }>

export type KindName = keyof typeof KINDS
