import { AFTER, BEFORE, SPACES } from './digits.ts'
import { type Span, scan, type Window } from './scan.ts'

const GAP = `[${SPACES}.-]?`
const MONTH = '(?:0[1-9]|1[0-2]|[235-9]\\d|4[0-2])'
const FIELDS = ['[1-478]', '\\d{2}', MONTH, '(?:\\d{2}|2[AB])', '\\d{3}', '\\d{3}']
const KEY = `(?:[${SPACES}./-]{0,3}\\d{2}|[${SPACES}]?\\(\\d{2}\\)|[${SPACES}]cl(?:é|e|ef)[${SPACES}]?:?[${SPACES}]?\\d{2})`
const CANDIDATE = new RegExp(`${BEFORE}${FIELDS.join(GAP)}${KEY}${AFTER}`, 'giu')

/**
 * French social security numbers (NIR) as INSEE defines them: sex, year, month (20–42 and 50–99 when the real
 * one is unknown), department, commune, order, and the key 97 − (number mod 97).
 */
export function findNirs(text: string, window: Window): Span[] {
  return scan(text, window, CANDIDATE, candidate => (passesKey(candidate) ? candidate.length : 0))
}

function passesKey(candidate: string): boolean {
  const compact = candidate.replace(/[^\dAB]/gi, '').toUpperCase()
  // Corsica's 2A counts as 19 and 2B as 18.
  const number = Number(compact.slice(0, 13).replace('2A', '19').replace('2B', '18'))
  return Number(compact.slice(13)) === 97 - (number % 97)
}
