/**
 * The account part (BBAN) of each country's IBAN, after the SWIFT registry of ISO 13616: runs of `n` digits,
 * `a` letters and `c` either.
 */
const COUNTRIES_BY_STRUCTURE: Record<string, string> = {
  n10c11n2: 'FR MC',
  n11: 'NO',
  n12: 'BE',
  n14: 'DK FI FO GL SD',
  n15: 'SI',
  n16: 'AT BA EE LT MN XK',
  n17: 'HR',
  n18: 'CR DE ME RS VA',
  n19: 'IL SO TL',
  n20: 'CZ ES SE SK TN',
  n21: 'LY PT ST',
  n22: 'IS',
  n23: 'BI DJ MR',
  n24: 'HU PL',
  n25: 'EG',
  n2c18: 'SA',
  n3c10n2: 'MK',
  n3c13: 'KZ LU',
  n3c16: 'OM',
  n3n16: 'AE',
  n4c20: 'LB',
  n5c12: 'CH LI',
  n5c17: 'TR',
  n6c19: 'UA',
  n7c16: 'GR',
  n8c12: 'AD',
  n8c16: 'AL CY',
  n14c15: 'RU',
  n23a1c1: 'BR',
  a1n10c12: 'IT SM',
  a2n12: 'FK',
  a4n6c8: 'BG',
  a4n10: 'NL',
  a4n14: 'GB IE',
  a4n15: 'IQ',
  a4n16: 'VG',
  a4n19a3: 'MU',
  a4n20: 'HN NI SV',
  a4n20a3: 'SC',
  a4n4c16: 'BY',
  a4n4c18: 'JO YE',
  a4n5c18: 'MT',
  a4c13: 'LV',
  a4c14: 'BH',
  a4c15: 'GI',
  a4c16: 'PK RO',
  a4c20: 'AZ',
  a4c21: 'PS QA',
  a4c22: 'KW',
  a4c24: 'LC',
  a2n16: 'GE',
  c4n20: 'DO',
  c20: 'MD',
  c24: 'GT',
}

/** Countries whose banks use IBANs that are not in the registry. */
const UNREGISTERED: Record<string, string> = {
  n21: 'AO CV MZ',
  n22: 'DZ IR',
  n23: 'CF CG CM GA GQ KM MG TD',
  n24: 'MA',
  a1n23: 'CI',
  a2n19: 'GW',
  c2n22: 'BF BJ ML NE SN TG',
}

export type IbanStructure = { length: number; pattern: RegExp }

const CLASSES: Record<string, string> = { n: '\\d', a: '[A-Z]', c: '[A-Z\\d]' }

function compile(structure: string): IbanStructure {
  const runs = Array.from(structure.matchAll(/([nac])(\d+)/g), ([, kind = '', size = '']) => ({ kind, size }))
  const bban = runs.map(({ kind, size }) => `${CLASSES[kind]}{${size}}`).join('')
  const length = runs.reduce((sum, { size }) => sum + Number(size), 4)
  return { length, pattern: new RegExp(`^[A-Z]{2}\\d{2}${bban}$`) }
}

/** The structure of a whole IBAN by its country code. */
export const IBAN_STRUCTURES: ReadonlyMap<string, IbanStructure> = new Map(
  [...Object.entries(COUNTRIES_BY_STRUCTURE), ...Object.entries(UNREGISTERED)].flatMap(
    ([structure, countries]) => countries.split(' ').map(country => [country, compile(structure)] as const),
  ),
)
