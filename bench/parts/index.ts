import type { Part } from '../lib/part.ts'
import { keyGet } from './key-get.ts'

export const parts: readonly Part[] = [keyGet]
