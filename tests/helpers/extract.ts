import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { extractText, type Source } from '../../lib/knowledge/internal/extract/extract-text.ts'

export const TYPES = {
  text: 'text/plain',
  html: 'text/html',
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

const PIECE_BYTES = 256 * 1024

/** A stored file of these bytes. */
export function sourceOf(type: keyof typeof TYPES, content: string | Uint8Array): Source {
  const bytes = Buffer.from(content)
  return { mimeType: TYPES[type], size: bytes.byteLength, open: async () => piecesOf(bytes) }
}

/** The text of a file of these bytes. */
export function textOf(type: keyof typeof TYPES, content: string | Uint8Array): Promise<string> {
  return extractText(sourceOf(type, content))
}

async function* piecesOf(bytes: Uint8Array) {
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
}

/** The processes that read a document right now, for this process or for another. */
export function readingProcesses(parent = process.pid): Promise<number[]> {
  return childrenOf(parent, 'reading-process')
}

/** The children of a process whose command line has this word in it. */
export async function childrenOf(parent: number, word: string): Promise<number[]> {
  const rows = await processes('-A', '-o', 'pid=,ppid=,args=')
  return rows
    .filter(([, ppid, ...args]) => Number(ppid) === parent && args.some(arg => arg.includes(word)))
    .map(([pid]) => Number(pid))
}

/** The resident memory of a process in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const [row] = await processes('-o', 'rss=', '-p', `${pid}`)
  return Number(row?.[0]) * 1024
}

async function processes(...args: string[]): Promise<string[][]> {
  const { stdout } = await promisify(execFile)('ps', args)
  return stdout.split('\n').map(row => row.trim().split(/\s+/))
}

/** Waits until something is so, e.g. a process is gone. */
export async function eventually(holds: () => Promise<boolean>, withinMs = 5_000): Promise<boolean> {
  for (const until = Date.now() + withinMs; Date.now() < until; await sleep(50))
    if (await holds()) return true
  return false
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
