import { readDevInfo } from './dev/dev-file.ts'
import { signSessionToken } from './local/clerk/tokens.ts'

/** `npm run dev:token -- <clerkId>`: prints a session token that the running development server accepts. */
const [clerkId] = process.argv.slice(2)
const info = await readDevInfo()
if (!clerkId || !info?.clerk) {
  console.error(
    clerkId
      ? 'No development server is running: start one with `npm run dev`.'
      : 'Usage: npm run dev:token -- <clerkId>',
  )
  process.exit(1)
}
const { jwtPrivateKey, kid, issuer, azp } = info.clerk
console.log(await signSessionToken({ privateKey: jwtPrivateKey, kid, issuer, azp, clerkId }))
