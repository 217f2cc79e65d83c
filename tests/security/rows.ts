import type { CallOptions } from '../helpers/call.ts'
import { fileForm } from '../helpers/files.ts'
import type { Victim } from './victim.ts'

/** One way to call an operation that is right for the victim. */
export type Row = {
  /** What tells it from other rows of the same operation. */
  how?: string
  path: (victim: Victim) => string
  options?: (victim: Victim) => CallOptions
  /** It names an object of the victim: for everybody else there is none. */
  object?: true
  /** The victim’s own answer tells its mark. */
  tells?: true
}

const CHAT = '/api/ai?provider=openai&action=chat'
const QUESTION = 'What does the lighthouse keeper write each night?'

/** By the id of the contract. */
export const ROWS: Readonly<Record<string, readonly Row[]>> = {
  getMe: [{ path: () => '/api/app/me', tells: true }],
  getUsage: [{ path: () => '/api/app/usage?groupBy=endpoint' }],

  createApiKey: [{ path: () => '/api/app/api-keys', options: () => ({ json: { name: 'another' } }) }],
  listApiKeys: [{ path: () => '/api/app/api-keys?includeRevoked=true', tells: true }],
  revokeApiKey: [
    { how: 'named in the query', path: ({ keyId }) => `/api/app/api-keys?keyId=${keyId}`, object: true },
    {
      how: 'named in the body',
      path: () => '/api/app/api-keys',
      options: ({ keyId }) => ({ json: { keyId } }),
      object: true,
    },
  ],
  restoreApiKey: [
    {
      path: ({ restorableKeyId }) => `/api/app/api-keys?action=restore&keyId=${restorableKeyId}`,
      object: true,
    },
  ],
  rotateApiKey: [{ path: ({ keyId }) => `/api/app/api-keys?action=rotate&keyId=${keyId}`, object: true }],

  uploadFile: [{ path: () => '/api/files', options: () => ({ body: fileForm('Some text.') }) }],
  listFiles: [{ path: () => '/api/files', tells: true }],
  getFile: [{ path: ({ fileId }) => `/api/files/${fileId}`, object: true, tells: true }],
  getFileContent: [{ path: ({ fileId }) => `/api/files/${fileId}/content`, object: true, tells: true }],
  deleteFile: [{ path: ({ fileId }) => `/api/files/${fileId}`, object: true }],
  searchFiles: [
    {
      how: 'everywhere',
      path: () => '/api/files/search',
      options: () => ({ json: { query: QUESTION } }),
      tells: true,
    },
    {
      how: 'in the victim’s file',
      path: () => '/api/files/search',
      options: ({ fileId }) => ({ json: { query: QUESTION, fileIds: [fileId] } }),
      tells: true,
    },
  ],

  chat: [
    {
      how: 'in the victim’s conversation',
      path: () => CHAT,
      options: ({ conversationId, sessionId }) => ({
        json: { message: 'What did I say?', conversationId, sessionId },
      }),
      object: true,
    },
    {
      how: 'in the victim’s session',
      path: () => CHAT,
      options: ({ sessionId }) => ({ json: { message: 'What did I say?', sessionId } }),
    },
    {
      how: 'about the victim’s file',
      path: () => CHAT,
      options: ({ fileId }) => ({ json: { message: QUESTION, knowledge: { fileIds: [fileId] } } }),
      tells: true,
    },
  ],

  createCheckout: [
    { path: () => '/api/polar/checkout', options: () => ({ json: { plan: 'professional' } }) },
  ],
  getCheckout: [{ path: ({ checkoutId }) => `/api/polar/checkout?checkoutId=${checkoutId}`, object: true }],
  openBillingPortal: [{ path: () => '/api/polar/portal' }],

  listPolarEvents: [{ path: () => '/api/admin/polar-events?limit=100&status=failed' }],
  replayPolarEvent: [
    { path: ({ eventId }) => `/api/admin/polar-events/${eventId}?action=replay`, object: true },
  ],
  runDailyMaintenance: [{ path: () => '/api/cron/daily' }],
}
