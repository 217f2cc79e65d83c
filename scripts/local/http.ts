import { serve } from 'srvx'

type Handle = (request: Request) => Response | Promise<Response>

type ParamNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamNames<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never

export type Route = { method: string; pattern: RegExp; handle: RouteHandle }
type RouteHandle = (request: Request, params: Record<string, string>) => Response | Promise<Response>

/** One route of a stand-in; `:name` in the path matches one segment. */
export function route<Path extends string>(
  method: string,
  path: Path,
  handle: (request: Request, params: Record<ParamNames<Path>, string>) => Response | Promise<Response>,
): Route {
  const pattern = new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`)
  return { method, pattern, handle: handle as RouteHandle }
}

/** Answers with the first route that matches the request, or undefined when none does. */
export function dispatch(routes: Route[], request: Request): Response | Promise<Response> | undefined {
  const { pathname } = new URL(request.url)
  for (const { method, pattern, handle } of routes) {
    const match = method === request.method ? pattern.exec(pathname) : null
    if (match) return handle(request, decodeParams(match.groups ?? {}))
  }
  return undefined
}

function decodeParams(groups: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)] as const),
  )
}

/** Listens on loopback (a free port by default) until closed; closing ends running requests too. */
export async function listen(fetch: Handle, port = 0): Promise<{ url: string; close(): Promise<void> }> {
  const server = serve({
    fetch,
    port,
    hostname: '127.0.0.1',
    silent: true,
    gracefulShutdown: false,
    error: error => new Response(String(error), { status: 500 }),
  })
  await server.ready()
  if (!server.url) throw new Error('the server has no address')
  return { url: server.url.replace(/\/$/, ''), close: () => server.close(true) }
}

/** Whether the request carries exactly this bearer token. */
export function hasBearer(request: Request, token: string): boolean {
  return request.headers.get('authorization') === `Bearer ${token}`
}

/** The request's JSON body, or undefined when it is not JSON. */
export async function readJson(request: Request): Promise<unknown> {
  try {
    return await request.json()
  } catch {
    return undefined
  }
}
