/** About how many tokens a text is: one for every four characters. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / 4)
}
