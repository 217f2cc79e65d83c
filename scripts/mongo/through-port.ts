/** The address of a database by way of a port of loopback, behind which one server of it answers. */
export function throughPort(uri: string, port: number): string {
  const address = new URL(uri)
  address.host = `127.0.0.1:${port}`
  address.searchParams.delete('replicaSet')
  address.searchParams.set('directConnection', 'true')
  return address.href
}
