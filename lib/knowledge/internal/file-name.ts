import { InvalidInput } from '../../errors.ts'

/** A file's name without what no name needs. `field` is where it came from. @throws InvalidInput */
export function checkedName(given: string, field: string): string {
  const name = given
    .normalize('NFC')
    .replace(/\p{Cc}/gu, '')
    .trim()
  if (name === '' || name.length > 255)
    throw new InvalidInput([{ path: field, message: 'Needs a name of 1–255 characters' }])
  return name
}

/** The name in a form that every storage and file system accepts. */
export function safeName(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '')
  const safe = plain
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(-100)
  return safe || 'file'
}
