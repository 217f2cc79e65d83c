import { afterAll, describe, expect } from 'vitest'
import { throughAtlas } from '../helpers/atlas.ts'
import { tenancyCases } from './tenancy-search.ts'

const ASKED = 300

const atlas = await throughAtlas()

describe('searching by Atlas', () => tenancyCases(ASKED))

afterAll(() => expect(atlas.searches()).toBeGreaterThanOrEqual(ASKED))
