import { contract } from '../http/contract.ts'

export const exportContract = contract({
  id: 'exportAccount',
  method: 'GET',
  path: '/api/app/export',
  tag: 'Identity',
  summary: 'Everything kept about you, as a zip',
  description:
    'JSON files, one for each kind of data, and your uploaded files as they are: all that would be removed with your account. Secrets are left out: of an API key only its prefix is there.',
  callers: ['user'],
  responses: { 200: { binary: true, contentType: 'application/zip', description: 'The archive' } },
})
