import { expect } from 'vitest'
import { type Answer, expectProblem, expectStatus } from './call.ts'

type Expected = { type?: string; code?: string | null; param?: string | null; message?: unknown }

/** Asserts an error in OpenAI's shape, and nothing beside it but, of a quota, where its caller stands. */
export function expectOpenAIError(answer: Answer, status: number, expected: Expected): void {
  expectStatus(answer, status)
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(answer.headers.get('x-request-id')).toBeTruthy()
  expect(Object.keys(answer.body)).toEqual(['error'])
  const standing = expected.code === 'insufficient_quota' ? ['limit', 'resetsAt', 'upgradeUrl', 'used'] : []
  const names = ['code', 'message', 'param', 'type', ...standing].sort()
  expect(Object.keys(answer.body.error).sort()).toEqual(names)
  expect(answer.body.error).toMatchObject({
    type: 'invalid_request_error',
    message: expect.stringMatching(/\S/),
    ...expected,
  })
}

/** Asserts a refusal in the form of its path: a problem, or under /api/v1 OpenAI's error with its name for it. */
export function expectRefusal(answer: Answer, status: number, code: string, path: string): void {
  const name = code === 'unauthenticated' ? 'invalid_api_key' : code
  if (path.startsWith('/api/v1/')) expectOpenAIError(answer, status, { code: name })
  else expectProblem(answer, status, code)
}
