type Method = (request: Request) => Promise<Response>
type RouteModule = Record<MethodName, Method>
type MethodName = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'

/** The paths a route answers, and how to load it. */
export type PackedRoute = readonly [path: RegExp, load: () => Promise<RouteModule>]

/**
 * The methods of a function that several routes share: each request goes to the route of its path, which is loaded
 * when it is first asked for; a path that none of them answers, to `elsewhere`.
 */
export function dispatch(
  routes: readonly PackedRoute[],
  elsewhere: () => Promise<RouteModule>,
): Record<MethodName, Method> {
  const to = (method: MethodName) => async (request: Request) => {
    const { pathname } = new URL(request.url)
    const load = routes.find(([path]) => path.test(pathname))?.[1] ?? elsewhere
    return (await load())[method](request)
  }
  return {
    GET: to('GET'),
    POST: to('POST'),
    PUT: to('PUT'),
    PATCH: to('PATCH'),
    DELETE: to('DELETE'),
    HEAD: to('HEAD'),
    OPTIONS: to('OPTIONS'),
  }
}
