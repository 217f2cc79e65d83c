import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listRoutes } from '../scripts/lib/routes.ts'
import { lineCounts } from './helpers/line-counts.ts'
import { rulesBroken } from './helpers/lint.ts'
import { root } from './helpers/run-script.ts'

const importRule = 'lint/style/noRestrictedImports'
const environmentRule = 'lint/style/noProcessEnv'

describe('the lint rules hold the layers', () => {
  it.each([
    ['api/x.ts', '../models/user.ts'],
    ['api/x.ts', '../lib/db/connect.ts'],
    ['api/x.ts', '../lib/keys/internal/hash.ts'],
    ['models/x.ts', '../lib/users/account.ts'],
    ['lib/http/x.ts', '../users/account.ts'],
    ['lib/http/x.ts', '../../models/user.ts'],
    ['lib/db/x.ts', '../http/problems.ts'],
    ['lib/keys/x.ts', '../http/reply.ts'],
    ['lib/keys/internal/x.ts', '../../http/reply.ts'],
    ['lib/keys/x.ts', '../billing/internal/ledger.ts'],
    ['lib/keys/internal/x.ts', '../../billing/internal/ledger.ts'],
    ['lib/keys/contracts.ts', '../http/create-route.ts'],
    ['lib/users/x.ts', '../../scripts/dev.ts'],
    ['api/x.ts', '../tests/helpers/call.ts'],
  ])('%s may not import %s', (file, specifier) => {
    expect(rulesBroken(file, `import '${specifier}'`)).toContain(importRule)
  })

  it.each([
    ['api/x.ts', '../lib/keys/create-key.ts'],
    ['models/x.ts', '../lib/db/define-model.ts'],
    ['lib/keys/x.ts', './internal/hash.ts'],
    ['lib/keys/x.ts', '../billing/settle-pending.ts'],
    ['lib/keys/contracts.ts', '../http/contract.ts'],
  ])('%s may import %s', (file, specifier) => {
    expect(rulesBroken(file, `import '${specifier}'`)).toEqual([])
  })

  it('only lib/config.ts reads the environment', () => {
    const line = 'export const uri = process.env.MONGODB_URI'
    expect(rulesBroken('lib/keys/x.ts', line)).toContain(environmentRule)
    expect(rulesBroken('lib/config.ts', line)).toEqual([])
  })
})

describe('files stay small', () => {
  it('none has 300 lines', async () => {
    const long = (await lineCounts(root)).filter(({ lines }) => lines >= 300)
    expect(long).toEqual([])
  })

  it('the median route file has under 40 lines', async () => {
    const routes = new Set((await listRoutes(join(root, 'api'))).map(({ file }) => file))
    const counts = (await lineCounts(root))
      .filter(({ file }) => routes.has(join(root, file)))
      .map(({ lines }) => lines)
    expect(counts).toHaveLength(routes.size)
    expect(counts.sort((a, b) => a - b)[Math.floor(counts.length / 2)]).toBeLessThan(40)
  })
})

describe('a route loads only what it needs', () => {
  it('health loads no SDK', async () => {
    const { stdout } = spawnSync(
      process.execPath,
      ['scripts/lib/import-probe.ts', join(root, 'api/health.ts')],
      {
        cwd: root,
        encoding: 'utf8',
      },
    )
    const { files } = JSON.parse(stdout) as { files: string[] }
    const sdks = files.filter(file =>
      /node_modules\/(mongoose|openai|@aws-sdk|google-auth-library|gpt-tokenizer|@polar-sh|@clerk|svix|bcryptjs|file-type|@fastify)\//.test(
        file,
      ),
    )
    expect(sdks).toEqual([])
    expect(files.some(file => file.includes('node_modules/mongodb/'))).toBe(true)
  })
})
