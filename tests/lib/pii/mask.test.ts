import { describe, expect, it } from 'vitest'
import { createMasker, type Masker, maskerFor } from '../../../lib/pii/mask.ts'

function letterByLetter({ unmaskStream }: Masker, text: string): string {
  const { push, flush } = unmaskStream()
  return [...[...text].map(push), flush()].join('')
}

describe('mask', () => {
  it('replaces each kind by a placeholder that names it', async () => {
    const masked = await createMasker().mask(
      'Élodie <élodie@exemple.fr>, tél. 01 42 68 53 00, IBAN FR14 2004 1010 0505 0001 3M02 606, ' +
        'carte 4242 4242 4242 4242, NIR 2 69 05 49 588 157 80, depuis 192.0.2.1:443.',
    )
    expect(masked).toBe(
      'Élodie <[EMAIL_1]>, tél. [PHONE_1], IBAN [IBAN_1], carte [CARD_1], NIR [NIR_1], depuis [IP_1]:443.',
    )
  })

  it('gives the same value the same placeholder, over all texts of the request', async () => {
    const masker = createMasker()
    expect(await masker.mask('a@exemple.fr, b@exemple.fr, a@exemple.fr')).toBe(
      '[EMAIL_1], [EMAIL_2], [EMAIL_1]',
    )
    expect(await masker.mask('de b@exemple.fr à c@exemple.fr')).toBe('de [EMAIL_2] à [EMAIL_3]')
  })

  it('keeps each spelling of a value, so that it comes back as it was', async () => {
    const masker = createMasker()
    const text = '01 42 68 53 00 ou 0142685300 ou 01.42.68.53.00'
    expect(await masker.mask(text)).toBe('[PHONE_1] ou [PHONE_2] ou [PHONE_3]')
    expect(masker.unmask('[PHONE_1] ou [PHONE_2] ou [PHONE_3]')).toBe(text)
  })

  it('numbers texts that are masked at once together', async () => {
    const masker = createMasker()
    const texts = Array.from({ length: 20 }, (_, i) => `de p${i}@exemple.fr et 192.0.2.${i}`)
    const masked = await Promise.all(texts.map(text => masker.mask(text)))
    expect(new Set(masked).size).toBe(20)
    expect(masked.map(text => masker.unmask(text))).toEqual(texts)
  })

  it('hides what stands alone only once its neighbour is hidden', async () => {
    expect(await createMasker().mask('5555555555554444-192.0.2.1')).toBe('[CARD_1]-[IP_1]')
  })
})

describe('a text that itself writes placeholders', () => {
  it.each([
    'Écrivez [EMAIL_1] ou a@exemple.fr',
    'a@exemple.fr, pas [EMAIL_1], [EMAIL_2] ni [email_3]',
    'EMAIL_1 = a@exemple.fr',
    '\\[EMAIL\\_1\\] a@exemple.fr',
    '[[EMAIL_1]] [a@exemple.fr]',
  ])('keeps them apart from ours: %s', async text => {
    const masker = createMasker()
    const masked = await masker.mask(text)
    expect(masked).not.toContain('a@exemple.fr')
    expect(masker.unmask(masked)).toBe(text)
  })

  it('keeps a number it has written from being given out later', async () => {
    const masker = createMasker()
    expect(await masker.mask('le modèle [EMAIL_1]')).toBe('le modèle [EMAIL_1]')
    const masked = await masker.mask('a@exemple.fr')
    expect(masked).toBe('[EMAIL_2]')
    expect(masker.unmask('[EMAIL_1] et [EMAIL_2]')).toBe('[EMAIL_1] et a@exemple.fr')
  })

  it('has it hidden when it has been given out to another text before', async () => {
    const masker = createMasker()
    expect(await masker.mask('a@exemple.fr')).toBe('[EMAIL_1]')
    const masked = await masker.mask('le modèle [email_1] et [EMAIL_7]')
    expect(masked).toBe('le modèle [EMAIL_2] et [EMAIL_7]')
    expect(masker.unmask(masked)).toBe('le modèle [email_1] et [EMAIL_7]')
  })
})

describe('a value', () => {
  it('may read like a placeholder in part', async () => {
    const masker = createMasker()
    await masker.mask('a@exemple.fr')
    const text = 'EMAIL_1@exemple.fr et a@exemple.fr'
    const masked = await masker.mask(text)
    expect(masked).toBe('[EMAIL_2] et [EMAIL_1]')
    expect(masker.unmask(masked)).toBe(text)
  })
})

describe('unmask', () => {
  it.each([
    ['Écrivez à [EMAIL_1].', 'Écrivez à a@exemple.fr.'],
    ['**[EMAIL_1]**, _[EMAIL_1]_, `[EMAIL_1]`', '**a@exemple.fr**, _a@exemple.fr_, `a@exemple.fr`'],
    ['[email_1] et [Email_1]', 'a@exemple.fr et a@exemple.fr'],
    ['[EMAIL\\_1] et \\[EMAIL\\_1\\]', 'a@exemple.fr et a@exemple.fr'],
    ['mailto:EMAIL_1, (EMAIL_1)', 'mailto:a@exemple.fr, (a@exemple.fr)'],
    ['{"to":"[EMAIL_1]"}', '{"to":"a@exemple.fr"}'],
    ['[EMAIL_1][EMAIL_2]', 'a@exemple.frb@exemple.fr'],
  ])('takes what a model makes of a placeholder: %s', async (answer, expected) => {
    const masker = createMasker()
    await masker.mask('a@exemple.fr b@exemple.fr')
    expect(masker.unmask(answer)).toBe(expected)
    expect(letterByLetter(masker, answer)).toBe(expected)
  })

  it.each([
    ...['[EMAIL_3]', '[EMAIL_12]', '[EMAIL_01]', '[EMAIL_0]', '[PHONE_1]', '[EMAIL]', '[EMAIL 1]', '[1]'],
    ...['email_1', 'MY_EMAIL_1', 'EMAIL_1b', 'EMAIL_10', 'EMAIL_1_ID', '[EMAIL_', 'EMAIL_\n1'],
  ])('leaves alone what is not one of its own: %s', async answer => {
    const masker = createMasker()
    await masker.mask('a@exemple.fr b@exemple.fr')
    expect(masker.unmask(answer)).toBe(answer)
    expect(letterByLetter(masker, answer)).toBe(answer)
  })

  it('does not read a value again', async () => {
    const masker = createMasker()
    await masker.mask('a@exemple.fr')
    await masker.mask('[EMAIL_1]')
    expect(masker.unmask('[EMAIL_2]')).toBe('[EMAIL_1]')
  })
})

describe('unmaskStream', () => {
  async function stream() {
    const masker = createMasker()
    await masker.mask('a@exemple.fr')
    return masker.unmaskStream()
  }

  it('passes on at once all that cannot become a placeholder', async () => {
    const { push, flush } = await stream()
    expect(['Bonjour ', '[1] ', 'Jean, ', '[x', '](y) ', 'DONNE', 'EMAIL'].map(push)).toEqual([
      'Bonjour ',
      '[1] ',
      'Jean, ',
      '[x',
      '](y) ',
      'DONNE',
      'EMAIL',
    ])
    expect(flush()).toBe('')
  })

  it('holds back a beginning until it is decided', async () => {
    const { push, flush } = await stream()
    expect(['à [', 'EMA', 'IL_', '1', '], [', 'EMAILS', '] EMAIL_1', '2 EMAIL_1'].map(push)).toEqual([
      'à ',
      '',
      '',
      '',
      'a@exemple.fr, ',
      '[EMAILS',
      '] ',
      'EMAIL_12 ',
    ])
    expect(flush()).toBe('a@exemple.fr')
  })

  it('remembers what stood before a piece', async () => {
    const { push } = await stream()
    expect(['MY_', 'EMAIL_1 ', 'EMAIL_1 '].map(push)).toEqual(['MY_', 'EMAIL_1 ', 'a@exemple.fr '])
  })

  it('never holds back more than a placeholder’s length', async () => {
    const { push } = await stream()
    let given = 0
    let passed = 0
    for (const piece of ['\\[', 'EMAIL', '\\_', ...'1234567890'.repeat(50)]) {
      given += piece.length
      passed += push(piece).length
      expect(given - passed).toBeLessThanOrEqual(20)
    }
  })

  it('gives what is held back when the text ends in the middle of one', async () => {
    const { push, flush } = await stream()
    expect(push('fin [EMAIL_1')).toBe('fin ')
    expect(flush()).toBe('[a@exemple.fr')
    expect(flush()).toBe('')
  })
})

describe('maskerFor', () => {
  it('hides nothing when masking is off', async () => {
    const masker = maskerFor(false)
    expect(await masker.mask('a@exemple.fr')).toBe('a@exemple.fr')
    expect(masker.unmask('[EMAIL_1]')).toBe('[EMAIL_1]')
    const { push, flush } = masker.unmaskStream()
    expect([push('[EMA'), push('IL_1]'), flush()]).toEqual(['[EMA', 'IL_1]', ''])
    expect(await maskerFor(true).mask('a@exemple.fr')).toBe('[EMAIL_1]')
  })
})
