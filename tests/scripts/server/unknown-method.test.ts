import { request } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, startApi } from '../../helpers/api-process.ts'

let api: Api
beforeAll(async () => {
  api = await startApi({})
})
afterAll(() => api.stop())

it.each([
  ['/api/health', 'GET, HEAD, OPTIONS'],
  ['/api/files/507f1f77bcf86cd799439011', 'DELETE, GET, POST, HEAD, OPTIONS'],
])('a method that no file declares is told which there are: TRACE %s', async (path, allowed) => {
  const { promise, resolve, reject } = Promise.withResolvers<{ status?: number; allow?: string }>()
  request(`${api.url}${path}`, { method: 'TRACE' }, ({ statusCode, headers }) =>
    resolve({ ...(statusCode && { status: statusCode }), ...(headers.allow && { allow: headers.allow }) }),
  )
    .on('error', reject)
    .end()
  const { status, allow = '' } = await promise
  expect(status).toBe(405)
  expect(allow.split(', ').sort()).toEqual(allowed.split(', ').sort())
})
