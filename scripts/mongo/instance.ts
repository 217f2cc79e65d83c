import { MongoInstance } from 'mongodb-memory-server-core'
import type { MongodBinary } from './resolve.ts'
import { reason } from './version.ts'

export const REPLICA_SET = 'rs0'

/** mongod refused its data folder because another one has it open. */
export class DataInUse extends Error {}

/** mongod refused its port because something else listens there. */
export class PortInUse extends Error {}

/** Starts mongod on loopback, out of Ctrl+C's reach, to be ended when this process dies. */
export async function launchMongod(
  binary: MongodBinary,
  dbPath: string,
  port: number,
): Promise<MongoInstance> {
  const args = ['--quiet', '--nounixsocket', '--oplogSize', '256', '--syncdelay', '10']
  const parameters = [
    'notablescan=1',
    'diagnosticDataCollectionEnabled=false',
    // Dropped collections keep their files open this long and until the next checkpoint. With the defaults of 5 and
    // 1 minutes a run of the tests, whose databases come and go, gets past the files that a process may open.
    'minSnapshotHistoryWindowInSeconds=5',
  ]
  const mongod = new Mongod({
    instance: {
      port,
      dbPath,
      ip: '127.0.0.1',
      replSet: REPLICA_SET,
      storageEngine: 'wiredTiger',
      args: [...args, ...parameters.flatMap(parameter => ['--setParameter', parameter])],
      launchTimeout: 60_000,
    },
    binary: { systemBinary: binary.path, version: binary.version },
    spawn: { detached: true },
  })
  try {
    await mongod.start()
    return mongod
  } catch (error) {
    await mongod.stop()
    throw mongod.refusal(error)
  }
}

class Mongod extends MongoInstance {
  #rest = ''
  #complaint = ''

  // Makes `stop` a plain signal: the shutdown command costs 5 s when mongod accepts no connection.
  override prepareCommandArgs(): string[] {
    const args = super.prepareCommandArgs()
    this.isReplSet = false
    return args
  }

  // The parent class expects one whole line at a time: half a line makes it throw where nobody can catch.
  override stdoutHandler(chunk: string | Buffer): void {
    const lines = (this.#rest + chunk.toString()).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      if (/"s":"[EF]"/.test(line)) this.#complaint ||= line
      super.stdoutHandler(line)
    }
  }

  refusal(error: unknown): Error {
    const { msg, attr } = this.#complaint ? JSON.parse(this.#complaint) : {}
    const text = this.#complaint ? `${msg} ${JSON.stringify(attr ?? {})}` : reason(error)
    if (/DBPathInUse/.test(text)) return new DataInUse(text)
    if (/address already in use/i.test(text)) return new PortInUse(text)
    return new Error(`mongod did not start: ${text}`)
  }
}
