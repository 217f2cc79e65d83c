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
  /** What the tests have not on every machine. */
  needs?: 'a bucket'
}

const CHAT = '/api/ai?provider=openai&action=chat'
const QUESTION = 'What does the lighthouse keeper write each night?'
const ASKED = { role: 'user', content: QUESTION }

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
  presignUpload: [
    {
      path: () => '/api/files?action=presign',
      options: () => ({ json: { name: 'a.txt', size: 10 } }),
      needs: 'a bucket',
    },
  ],
  completeUpload: [
    { path: ({ fileId }) => `/api/files?action=complete&fileId=${fileId}`, object: true, tells: true },
  ],
  listFiles: [{ path: () => '/api/files', tells: true }],
  getFile: [{ path: ({ fileId }) => `/api/files/${fileId}`, object: true, tells: true }],
  getFileContent: [{ path: ({ fileId }) => `/api/files/${fileId}/content`, object: true, tells: true }],
  deleteFile: [{ path: ({ fileId }) => `/api/files/${fileId}`, object: true }],
  retryFile: [
    { path: ({ failedFileId }) => `/api/files/${failedFileId}?action=retry`, object: true, tells: true },
  ],
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

  embed: [{ path: () => '/api/ai?action=embed', options: () => ({ json: { text: QUESTION } }) }],
  describeImage: [
    {
      path: () => '/api/ai?action=vision',
      options: () => ({ json: { imageUrl: 'https://example.com/lighthouse.png' } }),
    },
  ],
  listProviders: [{ path: () => '/api/ai?action=models' }],

  createChatCompletion: [
    {
      how: 'from the victim’s files',
      path: () => '/api/v1/chat/completions',
      options: () => ({ json: { model: 'knowledge/gpt-4o-mini', messages: [ASKED] } }),
      tells: true,
    },
    {
      how: 'from the victim’s files, streamed',
      path: () => '/api/v1/chat/completions',
      options: () => ({ json: { model: 'knowledge/gpt-4o-mini', messages: [ASKED], stream: true } }),
      tells: true,
    },
  ],
  createEmbeddings: [
    {
      path: () => '/api/v1/embeddings',
      options: () => ({ json: { model: 'text-embedding-3-small', input: QUESTION } }),
    },
  ],
  listModels: [{ path: () => '/api/v1/models' }],
  getModel: [{ path: () => '/api/v1/models/gpt-4o-mini' }],

  stopAnswer: [
    { path: ({ conversationId }) => `/api/ai?action=stop&conversationId=${conversationId}`, object: true },
  ],
  listConversations: [{ path: () => '/api/app/conversations', tells: true }],
  getConversation: [
    { path: ({ conversationId }) => `/api/app/conversations/${conversationId}`, object: true, tells: true },
    {
      how: 'with the session id',
      path: ({ conversationId, sessionId }) =>
        `/api/app/conversations/${conversationId}?sessionId=${sessionId}`,
      object: true,
      tells: true,
    },
  ],
  updateConversation: [
    {
      path: ({ conversationId, sessionId }) =>
        `/api/app/conversations/${conversationId}?sessionId=${sessionId}`,
      options: () => ({ json: { title: 'Taken' } }),
      object: true,
    },
  ],
  deleteConversation: [
    {
      path: ({ conversationId, sessionId }) =>
        `/api/app/conversations/${conversationId}?sessionId=${sessionId}`,
      object: true,
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
  submitForm: [
    {
      how: 'to be contacted',
      path: () => '/api/forms',
      options: () => ({
        json: { formType: 'contact', name: 'Ann', email: 'ann@example.org', message: 'Hello!' },
      }),
    },
    {
      how: 'for a demo',
      path: () => '/api/forms',
      options: () => ({
        json: {
          formType: 'demo',
          name: 'Ann',
          email: 'ann@example.org',
          company: 'Ann',
          businessNeeds: 'All.',
        },
      }),
    },
  ],
  submitFeedback: [
    { path: () => '/api/feedback', options: () => ({ json: { formType: 'demo', rating: 5 } }) },
  ],
  recordEvents: [{ path: () => '/api/analytics', options: () => ({ json: { event: 'page_view' } }) }],
  getEventSeries: [{ path: () => '/api/analytics', tells: true }],
  exportAccount: [{ path: () => '/api/app/export' }],

  listContacts: [
    { path: ({ mark }) => `/api/admin/contacts?q=${mark}`, tells: true },
    {
      how: 'as a table',
      path: ({ mark }) => `/api/admin/contacts?q=${mark}`,
      options: () => ({ headers: { Accept: 'text/csv' } }),
      tells: true,
    },
  ],
  getContact: [{ path: ({ contactId }) => `/api/admin/contacts/${contactId}`, object: true, tells: true }],
  updateContact: [
    {
      path: ({ contactId }) => `/api/admin/contacts/${contactId}`,
      options: () => ({ json: { status: 'closed', note: 'Done.' } }),
      object: true,
      tells: true,
    },
  ],
  listDemoRequests: [{ path: ({ mark }) => `/api/admin/demo-requests?q=${mark}`, tells: true }],
  getDemoRequest: [
    { path: ({ demoRequestId }) => `/api/admin/demo-requests/${demoRequestId}`, object: true, tells: true },
  ],
  updateDemoRequest: [
    {
      path: ({ demoRequestId }) => `/api/admin/demo-requests/${demoRequestId}`,
      options: () => ({ json: { status: 'completed' } }),
      object: true,
      tells: true,
    },
  ],
  listFeedback: [{ path: () => '/api/admin/feedback?limit=100', tells: true }],
  listUsers: [{ path: ({ mark }) => `/api/admin/users?q=${mark}`, tells: true }],
  getUser: [{ path: ({ userId }) => `/api/admin/users/${userId}`, object: true, tells: true }],
  updateUser: [
    {
      path: ({ userId }) => `/api/admin/users/${userId}`,
      options: () => ({ json: { limits: { apiKeys: 100 } } }),
      object: true,
      tells: true,
    },
  ],
  suspendUser: [
    {
      path: ({ userId }) => `/api/admin/users/${userId}?action=suspend`,
      options: () => ({ json: { reason: 'Spam' } }),
      object: true,
      tells: true,
    },
  ],
  reactivateUser: [
    { path: ({ suspendedUserId }) => `/api/admin/users/${suspendedUserId}?action=reactivate`, object: true },
  ],
  getOverview: [{ path: () => '/api/admin/overview' }],
  listAuditEntries: [{ path: () => '/api/admin/audit' }],

  runDailyMaintenance: [{ path: () => '/api/cron/daily' }],
}
