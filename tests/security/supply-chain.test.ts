import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { verdictOf } from '../../scripts/audit.ts'
import { copyVendorFiles } from '../../scripts/build.ts'
import { isPermissive, readLock, usedPackages } from '../../scripts/licences.ts'
import { root } from '../helpers/run-script.ts'

type Manifest = Record<string, Record<string, string | boolean>>

const read = (name: string) => readFile(join(root, name), 'utf8')
const manifest = JSON.parse(await read('package.json')) as Manifest
const lockText = await read('package-lock.json')
const lock = JSON.parse(lockText) as {
  packages: Record<
    string,
    { version?: string; integrity?: string; link?: boolean; hasInstallScript?: boolean }
  >
}
const locked = Object.entries(lock.packages).filter(([path]) => path !== '')
const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/

describe('the packages', () => {
  it.each(['dependencies', 'devDependencies'])('of %s are named by one exact version each', kind => {
    const loose = Object.entries(manifest[kind] ?? {}).filter(([, version]) => !EXACT.test(String(version)))
    expect(Object.keys(manifest[kind] ?? {}).length).toBeGreaterThan(10)
    expect(loose).toEqual([])
  })

  it('are locked at those versions', () => {
    const wanted = { ...manifest.dependencies, ...manifest.devDependencies }
    const other = Object.entries(wanted).filter(
      ([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version,
    )
    expect(other).toEqual([])
  })

  it('are locked with the hash of each, and the address of none', () => {
    expect(
      locked.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path),
    ).toEqual([])
    expect(lockText).not.toContain('"resolved"')
    expect(lockText.match(/[a-z+]+:\/\/(?:registry|[^"]*\.tgz)[^"]*/g)).toBeNull()
  })

  it('run no script at their installation that was not decided on', () => {
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)
    const names = scripted.map(path => path.replace(/^.*node_modules\//, ''))
    expect(names.filter(name => typeof manifest.allowScripts?.[name] !== 'boolean')).toEqual([])
    const allowed = Object.entries(manifest.allowScripts ?? {}).filter(([, isAllowed]) => isAllowed)
    expect(allowed).toEqual([['node', true]])
  })

  it('stay as they are: npm is told to save exact versions and no addresses', async () => {
    const settings = (await read('.npmrc')).split('\n')
    expect(settings).toEqual(
      expect.arrayContaining(['save-exact=true', 'omit-lockfile-registry-resolved=true']),
    )
  })
})

describe('the licences', () => {
  const used = usedPackages(readLock())

  it('of all packages that run in production or are served are permissive', () => {
    expect(used.filter(({ licence }) => !isPermissive(licence))).toEqual([])
  })

  it('are asked of every production package, however deep, and of none that is for development', () => {
    const names = used.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies ?? {})))
    expect(names).toEqual(expect.arrayContaining(['@mongodb-js/saslprep', 'swagger-ui-dist', 'preact']))
    for (const name of ['vitest', 'typescript', 'axe-core']) expect(names).not.toContain(name)
  })

  it('of what is served to browsers are served along', async () => {
    await copyVendorFiles()
    const vendor = join(root, 'public', 'vendor')
    for (const folder of await readdir(vendor)) {
      const names = ['LICENSE', 'LICENSE.md'].map(name => join(vendor, folder, name))
      expect(names.some(existsSync), folder).toBe(true)
    }
  })

  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0-or-later)', true],
    ['(MIT AND Zlib)', true],
    ['GPL-3.0-or-later', false],
    ['(MIT AND GPL-3.0-only)', false],
    ['MPL-2.0', false],
    ['SEE LICENSE IN LICENSE', false],
    ['none', false],
  ])('are judged by what they leave to choose: %s', (licence, verdict) => {
    expect(isPermissive(licence)).toBe(verdict)
  })
})

describe('the audit', () => {
  const report = (severity: string) =>
    JSON.stringify({
      vulnerabilities: { leftpad: { severity, range: '<1.3.1' } },
      metadata: { vulnerabilities: { [severity]: 1 } },
    })

  it.each(['high', 'critical'])('fails for a finding that is %s, and names it', severity => {
    expect(verdictOf(report(severity))).toMatchObject({ passed: false })
    expect(verdictOf(report(severity)).text).toContain(`${severity}: leftpad <1.3.1`)
  })

  it('passes with a lower finding, which it counts', () => {
    expect(verdictOf(report('moderate'))).toMatchObject({ passed: true })
    expect(verdictOf(report('moderate')).text).toContain('0 high or critical, 1 lower')
  })

  it.each([JSON.stringify({ message: '405 Method Not Allowed', statusCode: 405 }), '', 'no JSON'])(
    'says that nothing was checked when the registry gives no report: %s',
    output => {
      expect(verdictOf(output)).toMatchObject({
        passed: true,
        text: expect.stringMatching(/^Nothing was checked/),
      })
    },
  )
})
