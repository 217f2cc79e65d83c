import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CONFIG_NAMES, parse } from '../lib/config.ts'
import { root } from './helpers/run-script.ts'

/** Set by the platform, never by a person. */
const PLATFORM = ['VERCEL', 'VERCEL_GIT_COMMIT_SHA', 'LD_LIBRARY_PATH']
const DEVELOPMENT = ['PORT', 'MONGOMS_SYSTEM_BINARY']
/** Read by the build, which writes it into a page. */
const BUILD = ['CLERK_PUBLISHABLE_KEY']

const text = await readFile(join(root, '.env.example'), 'utf8')
const examples: Record<string, string> = Object.fromEntries(
  [...text.matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
)

it('.env.example names every setting and no other', () => {
  const settings = CONFIG_NAMES.filter(name => !PLATFORM.includes(name))
  expect(Object.keys(examples).sort()).toEqual([...settings, ...DEVELOPMENT, ...BUILD].sort())
})

it('.env.example shows the defaults as they are', () => {
  const shown = Object.fromEntries(Object.entries(examples).filter(([, value]) => value !== ''))
  expect(parse(shown)).toEqual(parse({}))
})

it('the README explains every setting', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  expect(Object.keys(examples).filter(name => !readme.includes(`\`${name}\``))).toEqual([])
})
