import { describe, expect, it } from 'vitest'
import { textOf } from '../../../helpers/extract.ts'

const story =
  'The lighthouse keeper wrote down the weather every single evening, for more than forty years, without fail. '

describe('a page', () => {
  it('gives its title and what it shows, blocks on lines of their own', async () => {
    const page = `<!doctype html><html><head><title>Fees &amp;
      terms</title><style>p { color: red }</style></head><body>
      <nav><a href="/">Home</a></nav><h1>Fees</h1><p>A  caf&eacute; <b>b</b>ill.</p>
      <ul><li>one</li><li>two <i>halves</i></li></ul><script>alert('no')</script>
      <table><tr><th>Plan</th><th>Price</th></tr><tr><td>Pro</td><td>9 €</td></tr></table>
      <pre>if (a)
  b()</pre>end<br>of page</body></html>`
    expect(await textOf('html', page)).toBe(
      [
        'Fees & terms\n',
        'Fees\n',
        'A café bill.\n',
        '- one\n- two halves\n',
        'Plan | Price\nPro | 9 €\n',
        'if (a)\n  b()\n',
        'end\nof page',
      ].join('\n'),
    )
  })

  it('gives its article alone when it has one', async () => {
    const paragraphs = Array.from({ length: 12 }, (_, index) => `<p>${index} ${story.repeat(3)}</p>`).join('')
    const page =
      `<html><head><title>Lighthouse</title></head><body><div class="sidebar"><a href="/x">Subscribe now</a></div>` +
      `<article><h2>Weather</h2>${paragraphs}</article><div class="footer">Imprint</div></body></html>`
    const text = await textOf('html', page)
    expect(text.startsWith('Lighthouse\n\nWeather\n\n0 The lighthouse keeper')).toBe(true)
    expect(text).toContain(`\n\n11 ${story.trim()}`)
    expect(text).not.toMatch(/Subscribe|Imprint/)
  })

  it('may be a fragment, or text alone', async () => {
    expect(await textOf('html', '<title>T</title><p>a<p>b')).toBe('T\n\na\n\nb')
    expect(await textOf('html', 'just text')).toBe('just text')
    expect(await textOf('html', '')).toBe('')
  })

  it.each([
    ['the one it names', Buffer.from('<meta charset="iso-8859-2"><p>\xb3\xf3d\xbc</p>', 'latin1'), 'łódź'],
    ['UTF-8, whatever it names', Buffer.from('<meta charset="latin1"><p>łódź</p>'), 'łódź'],
    ['windows-1252 when it names none', Buffer.from('<p>caf\xe9 \x80</p>', 'latin1'), 'café €'],
  ])('is decoded from %s', async (_, bytes, text) => {
    expect(await textOf('html', bytes)).toBe(text)
  })

  it('of other bytes than text fails and says so', async () => {
    const bytes = Buffer.concat([Buffer.from('<p>'), Buffer.from([0, 1, 2, 255])])
    await expect(textOf('html', bytes)).rejects.toThrow('The file holds something else than text.')
  })
})
