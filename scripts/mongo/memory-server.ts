import http from 'node:http'
import https from 'node:https'
import { DryMongoBinary, MongoBinary } from 'mongodb-memory-server-core'
import { MongoBinaryDownloadUrl } from 'mongodb-memory-server-core/lib/util/MongoBinaryDownloadUrl.js'
import type { Progress } from './resolve.ts'
import { reason } from './version.ts'

const CONNECT_MS = 5_000

/** The mongod that mongodb-memory-server downloaded earlier. */
export async function installedMemoryServerBinary(): Promise<string> {
  const path = await DryMongoBinary.locateBinary(await DryMongoBinary.generateOptions())
  if (path === undefined) throw new Error('nothing downloaded yet')
  return path
}

/** Lets mongodb-memory-server download its mongod; gives up soon when its server can't be reached. */
export async function downloadMemoryServerBinary(onProgress: Progress): Promise<string> {
  const options = await DryMongoBinary.generateOptions()
  const url = new URL(await new MongoBinaryDownloadUrl(options).getDownloadUrl())
  await probe(url)
  onProgress(`Downloading MongoDB ${options.version} from ${url.host} (once)`)
  // Without it mongodb-memory-server accepts any certificate for a program that is then run.
  process.env.npm_config_strict_ssl ??= 'true'
  return await MongoBinary.getPath()
}

async function probe(url: URL): Promise<void> {
  const client = url.protocol === 'http:' ? http : https
  const agent = new client.Agent({ proxyEnv: process.env })
  await new Promise<void>((resolve, reject) => {
    const request = client.request(url, { method: 'HEAD', agent, signal: AbortSignal.timeout(CONNECT_MS) })
    request.on('response', response => {
      response.resume()
      resolve()
    })
    request.on('error', error => reject(new Error(`${url.host} can't be reached: ${reason(error)}`)))
    request.end()
  }).finally(() => agent.destroy())
}
