import { html } from '../html.js'
import { explain } from '../problems.js'

/** A failure in plain words, with what to do: a link, or trying again. `said` stands for other words. */
export function ProblemNotice({ problem, said, onRetry, retryLabel = 'Try again', onDismiss }) {
  if (!problem) return null
  const { text, link } = said ?? explain(problem)
  return html`
    <div class="notice" role="alert">
      <p>${text} ${link && html`<a href=${link.href}>${link.label}</a>`}</p>
      ${onRetry && html`<button type="button" class="small" onClick=${onRetry}>${retryLabel}</button>`}
      ${onDismiss && html`<button type="button" class="small quiet" onClick=${onDismiss}>Dismiss</button>`}
    </div>`
}
