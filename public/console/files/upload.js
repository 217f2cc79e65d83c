import { authorization, Problem, problemOf } from '../api.js'

/**
 * Sends one file. Not by fetch, which tells nothing of how much has been sent.
 * @param {{ onProgress(part: number): void, signal: AbortSignal }} options
 * @returns {Promise<object>} the file as the API describes it
 * @throws Problem, of code `aborted` when `signal` says so
 */
export async function uploadFile(file, options) {
  const first = await attempt(file, options, await authorization())
  if (first.status !== 401) return read(first)
  return read(await attempt(file, options, await authorization(true)))
}

function attempt(file, { onProgress, signal }, token) {
  const { promise, resolve, reject } = Promise.withResolvers()
  const request = new XMLHttpRequest()
  request.open('POST', '/api/files')
  request.setRequestHeader('Authorization', token)
  request.upload.addEventListener('progress', ({ loaded, total }) =>
    onProgress(total > 0 ? loaded / total : 0),
  )
  request.addEventListener('load', () => resolve(request))
  request.addEventListener('error', () => reject(new Problem({ code: 'network' })))
  request.addEventListener('abort', () => reject(new Problem({ code: 'aborted' })))
  signal.addEventListener('abort', () => request.abort())
  const form = new FormData()
  form.append('file', file)
  request.send(form)
  return promise
}

function read(request) {
  const { status, responseText: text } = request
  if (status >= 200 && status < 300) return JSON.parse(text)
  throw problemOf({ status, text, retryAfter: request.getResponseHeader('Retry-After') })
}
