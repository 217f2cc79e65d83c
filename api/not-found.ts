import { NotFound } from '../lib/errors.ts'
import { refuse } from '../lib/http/methods.ts'

/** Where the platform sends every /api path that names no route. */
const handler = (request: Request) => refuse(request, new NotFound('endpoint'))

export {
  handler as DELETE,
  handler as GET,
  handler as HEAD,
  handler as OPTIONS,
  handler as PATCH,
  handler as POST,
  handler as PUT,
}
