import { afterAll, describe, expect } from 'vitest'
import { throughAtlas } from '../helpers/atlas.ts'
import { tenancyCases } from './tenancy-search.ts'

const atlas = await throughAtlas()

describe('searching by Atlas', tenancyCases)

afterAll(() => expect(atlas.searches()).toBeGreaterThanOrEqual(2_000))
