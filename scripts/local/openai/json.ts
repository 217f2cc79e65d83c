export type JsonSchema = {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  $ref?: string
  $defs?: Record<string, JsonSchema>
  definitions?: Record<string, JsonSchema>
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  minItems?: number
  minimum?: number
  maxLength?: number
}

/** The smallest value that the schema allows, with `text` wherever a string is asked for. */
export function minimalValue(schema: JsonSchema, text: string, root: JsonSchema = schema): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const other = schema.$ref === undefined ? (schema.anyOf ?? schema.oneOf)?.[0] : resolve(root, schema.$ref)
  if (other) return minimalValue(other, text, root)
  switch ([schema.type].flat()[0]) {
    case 'string':
      return text.slice(0, schema.maxLength)
    case 'number':
    case 'integer':
      return schema.minimum ?? 0
    case 'boolean':
      return false
    case 'null':
      return null
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => minimalValue(schema.items ?? {}, text, root))
    default:
      return minimalObject(schema, text, root)
  }
}

function minimalObject(schema: JsonSchema, text: string, root: JsonSchema): Record<string, unknown> {
  const names = schema.required ?? []
  return Object.fromEntries(
    names.map(name => [name, minimalValue(schema.properties?.[name] ?? {}, text, root)] as const),
  )
}

function resolve(root: JsonSchema, ref: string): JsonSchema | undefined {
  if (ref === '#') return root
  const name = ref.split('/').at(-1) ?? ''
  return root.$defs?.[name] ?? root.definitions?.[name]
}
