import { afterAll, expect } from 'vitest'
import { throughAtlas } from '../../helpers/atlas.ts'
import { searchCases } from './search-cases.ts'

const atlas = await throughAtlas()

searchCases()

afterAll(() => expect(atlas.searches()).toBeGreaterThan(10))
