import type { models } from '@polar-sh/sdk/2026-10'

/** The page where a customer pays. */
export function payPage(checkout: models.Checkout): Response {
  const { product } = checkout
  return page(
    `Subscribe to ${product?.name ?? 'a plan'}`,
    `<p>${escapeHtml(product?.description ?? '')}</p>
    <p class="price">${escapeHtml(money(checkout.total_amount, checkout.currency))} <small>per month</small></p>
    <form method="post" action="${escapeHtml(new URL(checkout.url).pathname)}/pay"><button>Pay</button></form>
    <p><small>A local stand-in: nothing is charged.</small></p>`,
  )
}

/** What a customer sees after paying, when there is nowhere to return to. */
export function paidPage(checkout: models.Checkout): Response {
  return page(
    'Paid',
    `<p>${escapeHtml(checkout.product?.name ?? 'The plan')} is active. You can close this page.</p>`,
  )
}

/** The customer's subscriptions, each with its two ways out. */
export function portalPage(session: models.CustomerSession, subscriptions: models.Subscription[]): Response {
  const items = subscriptions.map(subscription => subscriptionItem(session.token, subscription)).join('')
  const back = session.return_url ? `<p><a href="${escapeHtml(session.return_url)}">Back</a></p>` : ''
  return page('Your subscriptions', `${items || '<p>No active subscription.</p>'}${back}`)
}

/** A page for an address that names nothing. */
export function notFoundPage(): Response {
  return page('Not found', '<p>This page does not exist, or no longer.</p>', 404)
}

function subscriptionItem(token: string, subscription: models.Subscription): string {
  const until = subscription.current_period_end.slice(0, 10)
  const state = subscription.cancel_at_period_end ? `Ends on ${until}` : `Renews on ${until}`
  const cancel = subscription.cancel_at_period_end ? '' : button('cancel', 'Cancel at period end')
  return `<section><h2>${escapeHtml(subscription.product.name)}</h2>
    <p>${escapeHtml(money(subscription.amount, subscription.currency))} per month. ${state}.</p>
    <form method="post" action="/portal/${subscription.id}?customer_session_token=${encodeURIComponent(token)}">
    ${cancel}${button('end', 'End now')}</form></section>`
}

function button(action: string, label: string): string {
  return `<button name="action" value="${action}">${label}</button> `
}

function money(cents: number, currency: string): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(cents / 100)
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:26rem;margin:12vh auto;padding:0 1.25rem}
main{padding:2rem;border:1px solid light-dark(#ddd,#444);border-radius:12px}
h1{font-size:1.4rem;margin-top:0}h2{font-size:1.1rem}.price{font-size:2rem;font-weight:600;margin:.5rem 0}
small{font-size:.85rem;font-weight:400;color:light-dark(#555,#aaa)}
button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:8px;background:light-dark(#0b57d0,#a8c7fa);
color:light-dark(#fff,#062e6f);cursor:pointer;margin:0 .4rem .4rem 0}
button:focus-visible,a:focus-visible{outline:3px solid light-dark(#062e6f,#fff);outline-offset:2px}`

function page(title: string, content: string, status = 200): Response {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>${content}</main></body></html>`
  return new Response(html, { status, headers: { 'content-type': 'text/html; charset=utf-8' } })
}
