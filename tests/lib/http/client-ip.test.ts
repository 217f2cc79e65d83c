import { describe, expect, it } from 'vitest'
import { parse } from '../../../lib/config.ts'
import { clientIp } from '../../../lib/http/client-ip.ts'

const SOCKET = '203.0.113.9'
const forged = {
  'X-Forwarded-For': '198.51.100.1, 198.51.100.2',
  'X-Real-IP': '198.51.100.3',
  'X-Vercel-Forwarded-For': '198.51.100.4',
  'CF-Connecting-IP': '198.51.100.5',
  'True-Client-IP': '198.51.100.6',
  Forwarded: 'for=198.51.100.7',
}

function ipOf(environment: Record<string, string>, headers: Record<string, string>, socket?: string): string {
  const request = new Request('http://127.0.0.1/', { headers })
  if (socket) Object.defineProperty(request, 'ip', { value: socket })
  return clientIp(request, parse(environment))
}

describe('the address of a client', () => {
  it('is the socket’s, whatever the headers say', () => {
    expect(ipOf({}, forged, SOCKET)).toBe(SOCKET)
    expect(ipOf({ TRUST_PROXY: '0' }, forged, SOCKET)).toBe(SOCKET)
    expect(clientIp(Object.defineProperty(new Request('http://x/'), 'ip', { value: SOCKET }))).toBe(SOCKET)
  })

  it('is what the trusted proxy added last, not what the client wrote before it', () => {
    expect(ipOf({ TRUST_PROXY: '1' }, forged, SOCKET)).toBe('198.51.100.2')
    expect(ipOf({ TRUST_PROXY: '1' }, { 'X-Forwarded-For': ' 2001:db8::1 ' }, SOCKET)).toBe('2001:db8::1')
  })

  it.each([{}, { 'X-Forwarded-For': '' }, { 'X-Forwarded-For': '198.51.100.1, ' }])(
    'is the socket’s when the trusted proxy added none: %j',
    headers => {
      expect(ipOf({ TRUST_PROXY: '1' }, headers as Record<string, string>, SOCKET)).toBe(SOCKET)
    },
  )

  it('is the platform’s own header on Vercel, and no other', () => {
    expect(ipOf({ VERCEL: '1' }, forged, SOCKET)).toBe('198.51.100.3')
    expect(ipOf({ VERCEL: '1', TRUST_PROXY: '1' }, forged, SOCKET)).toBe('198.51.100.3')
    const { 'X-Real-IP': _, ...others } = forged
    expect(ipOf({ VERCEL: '1' }, others, SOCKET)).toBe('unknown')
  })

  it('is unknown, not empty, when nobody knows it', () => {
    expect(ipOf({}, forged)).toBe('unknown')
    expect(ipOf({ TRUST_PROXY: '1' }, {})).toBe('unknown')
  })
})
