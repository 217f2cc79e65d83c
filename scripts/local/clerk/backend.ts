import type { JWK } from 'jose'
import { z } from 'zod'
import { dispatch, hasBearer, type Route, readJson, route } from '../http.ts'
import { type ClerkProfile, clerkUserData } from './users.ts'

const profileInput = z.strictObject({
  id: z.string().min(1),
  email: z.string().nullish(),
  firstName: z.string().nullish(),
  lastName: z.string().nullish(),
  imageUrl: z.string().optional(),
  role: z.string().optional(),
  updatedAt: z.number().optional(),
  createdAt: z.number().optional(),
})

// Older than any real event, so that a webhook always wins over a made-up profile.
const unseenAt = Date.UTC(2024, 0, 1)

type Backend = { secretKey: string; jwk: JWK; users: Map<string, ClerkProfile> }

/** Answers Clerk's Backend API, and `POST /local/users` to say who a user is. */
export async function answerBackend(request: Request, backend: Backend): Promise<Response> {
  if (!hasBearer(request, backend.secretKey)) {
    return clerkError(401, 'clerk_key_invalid', 'The provided Clerk Secret Key is invalid.')
  }
  return (await dispatch(backendRoutes(backend), request)) ?? clerkError(404, 'route_not_found', 'not found')
}

function backendRoutes({ users, jwk }: Backend): Route[] {
  return [
    route('GET', '/v1/users/:id', (_request, { id }) => {
      const profile = users.get(id) ?? { id, updatedAt: unseenAt }
      if (id.startsWith('user_missing')) {
        return clerkError(404, 'resource_not_found', `No user was found with id ${id}`)
      }
      return Response.json(clerkUserData(profile))
    }),
    route('GET', '/v1/jwks', () => Response.json({ keys: [jwk] })),
    route('POST', '/local/users', async request => {
      const input = profileInput.safeParse(await readJson(request))
      if (!input.success) return clerkError(422, 'form_param_invalid', z.prettifyError(input.error))
      const profile = {
        ...users.get(input.data.id),
        ...input.data,
        updatedAt: input.data.updatedAt ?? Date.now(),
      }
      users.set(profile.id, profile)
      return Response.json(clerkUserData(profile))
    }),
  ]
}

function clerkError(status: number, code: string, message: string): Response {
  const errors = [{ code, message, long_message: message }]
  return Response.json({ errors, clerk_trace_id: crypto.randomUUID() }, { status })
}
