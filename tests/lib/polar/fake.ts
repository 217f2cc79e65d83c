import { listen } from '../../../scripts/local/http.ts'

type Answer = (request: Request) => Response | Promise<Response>

/** A server in Polar's place that answers what a test says, and counts how often it was asked. */
export async function startFake() {
  let answer: Answer = () => new Response('not set', { status: 500 })
  let asked: { method: string; path: string; body: unknown }[] = []
  const server = await listen(async request => {
    const { pathname, search } = new URL(request.url)
    const text = await request.clone().text()
    asked.push({ method: request.method, path: pathname + search, body: text ? JSON.parse(text) : null })
    return answer(request)
  })
  return {
    url: server.url,
    close: server.close,
    asked: () => asked,
    answerWith(next: Answer) {
      answer = next
      asked = []
    },
  }
}

/** Polar's 422 about a field. */
export function refusal(...loc: string[]): Response {
  const detail = [{ loc, msg: 'No good.', type: 'value_error' }]
  return Response.json({ error: 'RequestValidationError', detail }, { status: 422 })
}
