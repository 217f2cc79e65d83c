import { mongo } from 'mongoose'
import { AppError } from '../../errors.ts'
import { fileBucket } from './bucket.ts'

/** Most bytes of text that are made searchable. */
const MAX_TEXT_BYTES = 5 * 1024 * 1024

/** The text of a stored text file. @throws AppError with a plain reason when it is too long or not text. */
export async function readText(storagePath: string, size: number): Promise<string> {
  if (size > MAX_TEXT_BYTES) throw new AppError('invalid_input', 'The text is longer than 5 MiB.')
  const bucket = await fileBucket()
  const pieces: Buffer[] = []
  for await (const piece of bucket.openDownloadStream(new mongo.ObjectId(storagePath))) pieces.push(piece)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))
  } catch {
    throw new AppError('invalid_input', 'The text is not valid UTF-8.')
  }
}
