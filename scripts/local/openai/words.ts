const english = `a about an and any are as at be but by can could did do does for from had has have how i if in into
  is it its me my no not of on or our please should so than that the their them then there these they this to was we
  were what when where which who why will with would you your`
const french = `au aux avec ce ces cette comment dans de des donc du elle elles en est et être il ils je la le les leur
  lui ma mais me mes mon ne nos notre nous on ou où par pas pour quand que quel quelle quels quelles qui sa se ses si
  son sont sur ta te tes tu un une vos votre vous y`

const stopWords = new Set(`${english} ${french}`.split(/\s+/).map(normalise))

/** The words of a text in the form in which they are compared: no case, no accents, no plural s. */
export function wordsOf(text: string): string[] {
  return (normalise(text).match(/[\p{L}\p{N}]+/gu) ?? []).map(word =>
    stopWords.has(word) ? word : singular(word),
  )
}

/** Whether a word (as `wordsOf` gives it) says nothing about the subject, in English or French. */
export function isStopWord(word: string): boolean {
  return stopWords.has(word)
}

/** How many of the question's telling words a text holds. */
export function sharedWords(question: Set<string>, text: string): number {
  const words = new Set(wordsOf(text))
  return [...question].filter(word => words.has(word)).length
}

/** The distinct words of a text that are no stop words. */
export function tellingWords(text: string): Set<string> {
  return new Set(wordsOf(text).filter(word => !isStopWord(word)))
}

function normalise(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

function singular(word: string): string {
  if (word.length < 4 || /(ss|us|is)$/.test(word)) return word
  return word.replace(/ies$/, 'y').replace(/s$/, '')
}
