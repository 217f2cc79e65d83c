import { describe, expect, it } from 'vitest'
import { findPii, PII_KINDS, type PiiKind } from '../../../lib/pii/find-pii.ts'
import { FALSE_EXAMPLES } from './false-examples.ts'
import { TRUE_EXAMPLES } from './true-examples.ts'

async function found(text: string, kind: PiiKind): Promise<string[]> {
  return (await findPii(text)).filter(match => match.kind === kind).map(match => match.value)
}

describe.each(PII_KINDS)('%s', kind => {
  it.each(TRUE_EXAMPLES[kind])('is found alone and in a sentence: %s', async value => {
    const whole = [{ kind, start: 0, end: value.length, value }]
    expect(await findPii(value)).toEqual(whole)
    expect(await found(`Voici « ${value} », merci.`, kind)).toEqual([value])
    expect(await found(`Écrit à la fin : ${value}.`, kind)).toEqual([value])
    expect(await found(`nom;${value};75008 Paris`, kind)).toEqual([value])
    expect(await found(`{"cle":"${value}"}`, kind)).toEqual([value])
    expect(await found(`a,${value},b\r\n`, kind)).toEqual([value])
    expect(await found(`a\t${value}\tb`, kind)).toEqual([value])
    expect(await found(`https://exemple.fr/?cle=${value}&b=c#d`, kind)).toEqual([value])
    expect(await found(`${value}\n${value}\r\n`, kind)).toEqual([value, value])
    expect(await found(`(${value}) [${value}] **${value}** <b>${value}</b>`, kind)).toEqual(
      Array.from({ length: 4 }, () => value),
    )
    expect(await found(`${value}, ${value} : ${value} ! ${value}…`, kind)).toEqual(
      Array.from({ length: 4 }, () => value),
    )
  })

  it.each(FALSE_EXAMPLES[kind])('is not found in: %s', async text => {
    expect(await found(text, kind)).toEqual([])
    expect(await found(`Voici « ${text} », merci.`, kind)).toEqual([])
    expect(await found(`{"cle":"${text}"}\n`, kind)).toEqual([])
    expect(await found(`(${text})\t${text}`, kind)).toEqual([])
  })
})
