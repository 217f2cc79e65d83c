import { DemoRequest } from '../../models/demo-request.ts'
import { NotFound } from '../errors.ts'
import type { DemoRequestView } from './contracts.ts'
import { wholeDemoRequest } from './internal/demo-request-view.ts'

/** One demo request with all its notes. @throws NotFound */
export async function getDemoRequest(id: string): Promise<DemoRequestView> {
  const request = await DemoRequest.findById(id, { searchTerms: 0 }).lean()
  if (!request) throw new NotFound('demo request', id)
  return wholeDemoRequest(request)
}
