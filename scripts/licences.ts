import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SERVED_PACKAGES } from './build.ts'

type Lock = { packages: Record<string, { license?: string; dev?: boolean; devOptional?: boolean }> }

/** A package that runs in production or is served to browsers, and its licence as an SPDX expression. */
export type Licensed = { name: string; licence: string }

/** Licences that ask for no more than to keep their notice. `BSD` is how old packages call one of the BSD ones. */
export const PERMISSIVE: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Unlicense',
  'Zlib',
]

/** What package-lock.json says of every package that is not for development alone, and of those served to browsers. */
export function usedPackages({ packages }: Lock): Licensed[] {
  const named = Object.entries(packages).flatMap(([path, { license, dev, devOptional }]) => {
    const name = path.replace(/^.*node_modules\//, '')
    const isUsed = !(dev || devOptional) || SERVED_PACKAGES.includes(name)
    return path !== '' && isUsed ? [[name, { name, licence: license ?? 'none' }] as const] : []
  })
  return [...new Map(named).values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Whether a licence leaves a permissive choice: one side of `OR`, both of `AND`. */
export function isPermissive(licence: string): boolean {
  const expression = licence.replace(/^\((.*)\)$/, '$1')
  return expression
    .split(' OR ')
    .some(choice => choice.split(' AND ').every(part => PERMISSIVE.includes(part)))
}

export function readLock(): Lock {
  return JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8')) as Lock
}

/** `npm run licences`: prints the licences and the packages under each; fails when one is not permissive. */
if (import.meta.main) {
  const byLicence = Map.groupBy(usedPackages(readLock()), ({ licence }) => licence)
  for (const licence of [...byLicence.keys()].sort()) {
    const names = (byLicence.get(licence) ?? []).map(({ name }) => name)
    console.log(`${licence} (${names.length}): ${names.join(', ')}\n`)
  }
  const refused = [...byLicence.keys()].filter(licence => !isPermissive(licence))
  if (refused.length > 0) console.error(`Not permissive: ${refused.join(', ')}`)
  process.exitCode = refused.length > 0 ? 1 : 0
}
