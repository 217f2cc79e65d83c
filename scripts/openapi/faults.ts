import { relative } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { Contract } from '../../lib/http/contract.ts'
import type { LoadedRoute } from '../lib/routes.ts'
import { TAGS } from './about.ts'
import type { OpenApiDocument } from './document.ts'

/** What is wrong between the files under `apiDir` and their contracts, one line each. */
export function routeFaults(apiDir: string, routes: readonly LoadedRoute[]): string[] {
  const faults = routes.flatMap(({ route, methods }) => {
    const file = relative(apiDir, route.file)
    return methods.flatMap(({ name, contracts }) => {
      if (contracts.length === 0) return [`${file}: ${name} has no contract`]
      return contracts.flatMap(contract => mismatch(file, `${name} ${route.pattern}`, contract))
    })
  })
  const contracts = routes.flatMap(({ methods }) => methods.flatMap(method => method.contracts))
  return [...faults, ...repeatedIds(contracts), ...unknownTags(contracts)]
}

/** What the validator finds wrong with a document, one line each. */
export async function documentFaults(document: OpenApiDocument): Promise<string[]> {
  const validator = new Validator()
  const { valid, errors } = await validator.validate({ ...structuredClone(document) })
  if (valid) return []
  if (!Array.isArray(errors)) return [`openapi.json: ${errors}`]
  return errors.map(({ instancePath, message }) => `openapi.json${instancePath}: ${message}`)
}

function mismatch(file: string, served: string, { id, method, path }: Contract): string[] {
  const promised = `${method} ${path}`
  return promised === served ? [] : [`${file}: serves ${served}, but the contract ${id} says ${promised}`]
}

function repeatedIds(contracts: readonly Contract[]): string[] {
  const groups = Map.groupBy(contracts, ({ id }) => id)
  return [...groups].flatMap(([id, group]) =>
    group.length > 1 ? [`The operation id ${id} is used ${group.length} times`] : [],
  )
}

function unknownTags(contracts: readonly Contract[]): string[] {
  const unknown = contracts.filter(({ tag }) => TAGS[tag] === undefined)
  return unknown.map(({ id, tag }) => `${id}: scripts/openapi/about.ts does not describe the tag ${tag}`)
}
