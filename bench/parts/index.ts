import type { Part } from '../lib/part.ts'
import { chat } from './chat.ts'
import { coldStart } from './cold-start.ts'
import { costs } from './costs.ts'
import { files } from './files.ts'
import { growth } from './growth.ts'
import { keyGet } from './key-get.ts'
import { memory } from './memory.ts'
import { streaming } from './streaming.ts'
import { vectors } from './vectors.ts'

export const parts: readonly Part[] = [
  keyGet,
  chat,
  streaming,
  memory,
  coldStart,
  files,
  growth,
  vectors,
  costs,
]
