import { searchCases } from './search-cases.ts'

searchCases()
