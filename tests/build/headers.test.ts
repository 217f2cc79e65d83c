import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pageHeaders } from '../../scripts/server/page-headers.ts'
import { root } from '../helpers/run-script.ts'

type BuiltRoute = { src?: string; headers?: Record<string, string>; continue?: boolean }

const config = JSON.parse(await readFile(join(root, '.vercel', 'output', 'config.json'), 'utf8')) as {
  routes: BuiltRoute[]
}

/** The headers that the platform adds to what is at a path, by names in lower case. */
function addedTo(path: string): Record<string, string> {
  const fitting = config.routes.filter(
    route => route.continue && route.src && new RegExp(route.src).test(path),
  )
  return lowerCase(fitting.flatMap(({ headers }) => Object.entries(headers ?? {})))
}

function lowerCase(headers: [string, string][]): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))
}

describe('the platform', () => {
  it.each(['/', '/docs', '/docs/problems', '/console', '/console/main.js', '/openapi.json', '/nowhere'])(
    'adds to %s the headers that the local server adds',
    path => {
      expect(addedTo(path)).toEqual(lowerCase(pageHeaders(path)))
      expect(Object.keys(addedTo(path))).toContain('content-security-policy')
    },
  )

  it.each(['/api/health', '/api/files/507f1f77bcf86cd799439011'])(
    'leaves those of %s to its function',
    path => {
      expect(addedTo(path)).toEqual({})
    },
  )
})
