import type { z } from 'zod'
import { createDocument, type ZodOpenApiOverride } from 'zod-openapi'
import { type Contract, problemsOf } from '../../lib/http/contract.ts'
import { speaksOpenAI } from '../../lib/http/openai-error.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { DESCRIPTION, HEADERS, SECURITY_SCHEMES, TAGS } from './about.ts'
import { mergeOperations, type Operation, type Part } from './merge.ts'
import { draftOperation } from './operation.ts'
import {
  type Failures,
  OPENAI_ERROR_SCHEMA,
  PROBLEM_SCHEMA,
  problemRefs,
  problemResponses,
} from './problems.ts'

export type OpenApiDocument = ReturnType<typeof createDocument>

/** The contracts of one method and path. */
type Group = readonly [Contract, ...Contract[]]

/** The OpenAPI 3.1 document of these contracts. */
export function buildDocument(contracts: readonly Contract[]): OpenApiDocument {
  const draft = createDocument(draftOf(contracts), { override: simplify })
  const operationOf = (contract: Contract) => draft.paths?.[contract.id]?.get as Operation
  const groups = groupContracts(contracts)
  const paths: Record<string, Record<string, Operation>> = {}
  for (const group of groups) {
    const [{ path, method }] = group
    const parts = group.map(contract => ({ contract, operation: operationOf(contract) }))
    const merged = mergeOperations(parts as [Part, ...Part[]])
    const responses = { ...merged.responses, ...problemRefs(failuresOf(group)) }
    paths[path] = { ...paths[path], [method.toLowerCase()]: { ...merged, responses } as Operation }
  }
  const responses = problemResponses(groups.map(failuresOf))
  return { ...draft, paths, components: { ...draft.components, responses } }
}

function failuresOf(group: Group): Failures {
  return { codes: group.flatMap(problemsOf), asOpenAI: speaksOpenAI(group[0].path) }
}

/** Every contract as an operation of its own, under its id instead of a path it may share. */
function draftOf(contracts: readonly Contract[]): Parameters<typeof createDocument>[0] {
  const used = new Set(contracts.map(({ tag }) => tag))
  const hasOpenAI = contracts.some(({ path }) => speaksOpenAI(path))
  const tags = Object.entries(TAGS).flatMap(([name, description]) =>
    used.has(name) ? { name, description } : [],
  )
  return {
    openapi: '3.1.1',
    info: { title: 'WorkFlowAI', version: packageJson.version, description: DESCRIPTION },
    servers: [{ url: '/' }],
    tags,
    paths: Object.fromEntries(contracts.map(contract => [contract.id, { get: draftOperation(contract) }])),
    components: {
      schemas: {
        Problem: PROBLEM_SCHEMA as Record<string, unknown>,
        ...(hasOpenAI && { OpenAIError: OPENAI_ERROR_SCHEMA as Record<string, unknown> }),
      },
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  }
}

function groupContracts(contracts: readonly Contract[]): Group[] {
  const groups = Map.groupBy(contracts, ({ method, path }) => `${path} ${method}`)
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group as unknown as Group)
}

/** Says what a client sends where zod's own rendering is less than helpful. */
const simplify: ZodOpenApiOverride = ({ zodSchema, jsonSchema, io }) => {
  const { def } = zodSchema._zod
  const sent = def.type === 'default' ? def.innerType._zod.def : def
  if (io === 'input' && isWrittenBoolean(sent)) {
    jsonSchema.type = 'boolean'
    if (def.type === 'default') jsonSchema.default = def.defaultValue as boolean
  }
  // The format says it; zod's pattern beside it is a page of digits.
  if (jsonSchema.format === 'date-time' || jsonSchema.format === 'date') delete jsonSchema.pattern
}

/** Whether a schema is `z.stringbool()`. */
function isWrittenBoolean(def: z.core.$ZodTypes['_zod']['def'] | z.core.$ZodTypeDef): boolean {
  return def.type === 'pipe' && 'out' in def && def.out._zod.def.type === 'boolean'
}
