import { createServer } from 'node:net'

/** @throws Error in plain words when another program listens on the port. */
export async function requireFreePort(port: number): Promise<void> {
  const isFree = await new Promise<boolean>(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
  if (!isFree)
    throw new Error(`Port ${port} is taken. Stop what uses it, or choose another: PORT=3001 npm run dev`)
}
