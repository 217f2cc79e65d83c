import type { ClerkProfile } from './users.ts'

type Return = { redirectUrl: string; state: string }

/** The page where a developer says who they are; no password. */
export function signInPage(users: Iterable<ClerkProfile>, { redirectUrl, state }: Return): Response {
  const known = [...users].map(
    user => `<button name="userId" value="${escapeHtml(user.id)}">Continue as ${escapeHtml(nameOf(user))}
      <small>${escapeHtml(user.email ?? user.id)}</small></button>`,
  )
  return page(
    'Sign in',
    `<p>To ${escapeHtml(new URL(redirectUrl).host)}</p>
    <form method="post" action="/sign-in">${kept({ redirectUrl, state })}${known.join('')}</form>
    <form method="post" action="/sign-in">${kept({ redirectUrl, state })}
      <label for="user">${known.length > 0 ? 'Or as any user id' : 'As any user id'}</label>
      <input id="user" name="userId" required pattern="[A-Za-z0-9_\\-]{1,64}" value="user_" autocomplete="off"
        spellcheck="false">
      <button>Continue</button>
    </form>
    <p><small>A local stand-in of Clerk: nobody is checked. An id not seen before is a new user.</small></p>`,
  )
}

/** Says why nobody can be signed in. */
export function refusalPage(reason: string): Response {
  return page('This cannot go on', `<p>${escapeHtml(reason)}</p>`, 400)
}

function kept({ redirectUrl, state }: Return): string {
  return `<input type="hidden" name="redirectUrl" value="${escapeHtml(redirectUrl)}">
    <input type="hidden" name="state" value="${escapeHtml(state)}">`
}

function nameOf({ id, firstName, lastName }: ClerkProfile): string {
  return [firstName, lastName].filter(Boolean).join(' ') || id
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:24rem;margin:12vh auto;padding:0 1.25rem}
main{padding:2rem;border:1px solid light-dark(#dfe1e0,#3b4144);border-radius:12px}
h1{font-size:1.4rem;margin:0}p{margin:.25rem 0 1.25rem}form{margin-bottom:1.5rem}
label{display:block;margin-bottom:.25rem}small{font-size:.85rem}p small{color:light-dark(#555,#aaa)}
input,button{font:inherit;width:100%;box-sizing:border-box;padding:.65rem 1rem;border-radius:8px}
input{border:1px solid light-dark(#8a9296,#7d868b);margin-bottom:.6rem}
button{border:0;background:light-dark(#0f766e,#5eead4);color:light-dark(#fff,#06302c);cursor:pointer;margin-bottom:.5rem}
button small{display:block}
:focus-visible{outline:3px solid light-dark(#1b1f22,#fff);outline-offset:2px}`

/** Browsers apply `form-action` to where a form's answer redirects, too. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' http://127.0.0.1:* http://localhost:*`

function page(title: string, content: string, status = 200): Response {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><link rel="icon" href="data:,"><style>${style}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>${content}</main></body></html>`
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `${POLICY}; img-src data:`,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  }
  return new Response(html, { status, headers })
}
