import { describe, expect, it } from 'vitest'
import { dispatch, type PackedRoute } from '../../../scripts/build-packed/dispatch.ts'

type RouteModule = Awaited<ReturnType<PackedRoute[1]>>

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const

/** A route that answers with its name and the method, and how often it was loaded. */
function routeNamed(name: string) {
  const route = {
    loads: 0,
    load: async () => {
      route.loads++
      const answer = (method: string) => async () => new Response(`${name} ${method}`)
      const [GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS] = METHODS.map(answer)
      return { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } as RouteModule
    },
  }
  return route
}

describe('a function that several routes share', () => {
  const ask = async (handlers: ReturnType<typeof dispatch>, method: (typeof METHODS)[number], path: string) =>
    (await handlers[method](new Request(`http://127.0.0.1${path}`, { method }))).text()

  it('sends each request to the route of its path, by its method', async () => {
    const [list, one, elsewhere] = ['list', 'one', 'elsewhere'].map(routeNamed)
    if (!list || !one || !elsewhere) throw new Error('not made')
    const handlers = dispatch(
      [
        [/^\/api\/files$/, list.load],
        [/^\/api\/files\/[^/]+$/, one.load],
      ],
      elsewhere.load,
    )
    for (const method of METHODS) {
      expect(await ask(handlers, method, '/api/files?x=/api/files/1')).toBe(`list ${method}`)
      expect(await ask(handlers, method, '/api/files/1')).toBe(`one ${method}`)
      expect(await ask(handlers, method, '/api/files/1/deeper')).toBe(`elsewhere ${method}`)
    }
  })

  it('loads no route but the one that is asked for', async () => {
    const [asked, other, elsewhere] = ['asked', 'other', 'elsewhere'].map(routeNamed)
    if (!asked || !other || !elsewhere) throw new Error('not made')
    const handlers = dispatch(
      [
        [/^\/asked$/, asked.load],
        [/^\/other$/, other.load],
      ],
      elsewhere.load,
    )
    await ask(handlers, 'GET', '/asked')
    expect([asked.loads, other.loads, elsewhere.loads]).toEqual([1, 0, 0])
  })
})
