import { readFile } from 'node:fs/promises'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { root } from '../helpers/run-script.ts'

const source = await readFile(`${root}/node_modules/axe-core/axe.min.js`, 'utf8')

/** Colours on their way from one scheme to the other would be judged as they are. */
const SETTLED = 'Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => {})))'

/**
 * What axe-core finds serious or critical on the page as it stands, in light and in dark: each as
 * `dark: color-contrast at .who (why)`.
 */
export async function accessFaults(page: Page): Promise<string[]> {
  // Not as a script element, which the page's policy refuses.
  await page.evaluate(`window.axe ? undefined : void (() => {${source}})()`)
  const faults: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.evaluate(SETTLED)
    const { violations } = (await page.evaluate(
      "axe.run(document, { resultTypes: ['violations'] })",
    )) as AxeResults
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    for (const { id, nodes } of grave)
      for (const { target, failureSummary } of nodes)
        faults.push(`${colorScheme}: ${id} at ${target.join(' ')} (${failureSummary})`)
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null })
  return faults
}
