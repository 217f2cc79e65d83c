import { nowhere } from '../lib/http/methods.ts'

/** Where the platform sends every /api path that names no route. */
export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = nowhere()
