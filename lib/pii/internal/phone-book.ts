export type PhoneBook = {
  /** Whether a number in E.164 has a length that its calling code gives out. Cheap. */
  isPossible: (e164: string) => boolean
  /** Whether libphonenumber accepts a number in E.164. */
  isValid: (e164: string) => boolean
}

/** More would hold a hostile text's numbers in memory for nothing. */
const MAX_REMEMBERED = 1000

/** libphonenumber behind a memory of its answers, for one text. The library is large: it loads here. */
export async function openPhoneBook(): Promise<PhoneBook> {
  const library = await import('libphonenumber-js')
  lengths ??= readLengths(library)
  const possible = lengths
  const remembered = new Map<string, boolean>()
  return {
    isPossible: e164 => hasPossibleLength(e164, possible),
    isValid(e164) {
      const known = remembered.get(e164)
      if (known !== undefined) return known
      const parsed = library.parsePhoneNumberFromString(e164, { extract: false })
      const valid = parsed?.isValid() ?? false
      if (remembered.size < MAX_REMEMBERED) remembered.set(e164, valid)
      return valid
    },
  }
}

/** National lengths by calling code. */
type Lengths = ReadonlyMap<string, ReadonlySet<number>>

let lengths: Lengths | undefined

function readLengths(library: typeof import('libphonenumber-js')): Lengths {
  const byCode = new Map<string, Set<number>>()
  const metadata = new library.Metadata()
  for (const country of library.getCountries()) {
    metadata.selectNumberingPlan(country)
    const code = library.getCountryCallingCode(country)
    const known = byCode.get(code) ?? new Set()
    for (const length of metadata.numberingPlan?.possibleLengths() ?? []) known.add(length)
    byCode.set(code, known)
  }
  return byCode
}

function hasPossibleLength(e164: string, possible: Lengths): boolean {
  for (const codeLength of [1, 2, 3]) {
    const national = possible.get(e164.slice(1, 1 + codeLength))
    if (!national) continue
    const rest = e164.slice(1 + codeLength)
    return national.has(rest.length) || (rest.startsWith('0') && national.has(rest.length - 1))
  }
  return false
}
