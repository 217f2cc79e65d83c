import { commonAuthCases } from '../../helpers/auth-cases.ts'

commonAuthCases({ method: 'GET', path: '/api/app/me', callers: ['user', 'key'] })
