import { describe } from 'vitest'
import { tenancyCases } from './tenancy-search.ts'

describe('searching by codes', () => tenancyCases(2_000))
