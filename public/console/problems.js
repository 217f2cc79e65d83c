const PLANS = '/docs/plans'

/**
 * What happened, in a sentence, and what to do about it.
 * @returns {{ text: string, link?: { href: string, label: string } }}
 */
export function explain(problem) {
  const { code, detail, facts = {} } = problem
  switch (code) {
    case 'network':
      return { text: `${detail || 'The server cannot be reached.'} Check your connection, then try again.` }
    case 'unauthenticated':
      return { text: 'Your session has ended. Sign in again to go on.' }
    case 'quota_exceeded':
      return { text: quotaText(facts), link: plansLink(facts) }
    case 'limit_reached':
      return {
        text: `${detail || 'Your plan has no room for more.'} Delete something or choose a larger plan.`,
        link: plansLink(facts),
      }
    case 'too_large':
      return { text: `${detail || 'That is too large.'} A larger plan allows more.`, link: plansLink(facts) }
    case 'body_too_large':
      return { text: 'This is more than the server takes at once. Split it into smaller parts.' }
    case 'rate_limited':
      return { text: `That was too much at once. Try again in ${seconds(facts.retryAfter)}.` }
    case 'provider_error':
    case 'provider_timeout':
      return { text: 'The model did not answer. This was not counted. Try again in a moment.' }
    case 'unavailable':
      return { text: 'The service is busy or away just now. Try again in a moment.' }
    case 'not_found':
      return { text: 'This is not there any more. It may have been deleted.' }
    case 'interrupted':
      return {
        text: 'The connection broke. The answer goes on without it: load the conversation again to see it.',
      }
    case 'internal':
      return { text: `Something went wrong on our side. Try again.${requestNote(facts)}` }
    default:
      return { text: `${detail || 'That did not work.'}${inputNote(facts)}` }
  }
}

function quotaText({ limit, resetsAt }) {
  const amount =
    limit === undefined ? 'everything' : `all ${Number(limit).toLocaleString('en')} chat messages`
  const again = resetsAt
    ? ` It begins anew on ${new Date(resetsAt).toLocaleDateString('en', { day: 'numeric', month: 'long' })}.`
    : ''
  return `You have used ${amount} that your plan has for this month.${again}`
}

/** Links to the web only, whatever the server says. */
function plansLink({ upgradeUrl }) {
  const href = URL.canParse(upgradeUrl) && /^https?:$/.test(new URL(upgradeUrl).protocol) ? upgradeUrl : PLANS
  return { href, label: 'See the plans' }
}

function seconds(retryAfter) {
  const count = Number(retryAfter)
  return count > 1 ? `${count} seconds` : 'a second'
}

function requestNote({ requestId }) {
  return requestId ? ` If it happens again, report request ${requestId}.` : ''
}

function inputNote({ errors = [] }) {
  return errors.length > 0 ? ` ${errors.map(({ message }) => message).join('. ')}.` : ''
}
