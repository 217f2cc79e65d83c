/** A function file's exports: a handler per HTTP method. */
export type FunctionModule = Record<string, ((request: Request) => Promise<Response>) | undefined>

/** A function to run and the URL it is to see: the platform adds path parameters to the query. */
export type Target = { url: URL; load(): Promise<FunctionModule> }

export type Router = {
  /** The function that answers this URL; null when there is none. */
  resolve(url: URL): Promise<Target | null>
  /** The only folder whose files are served as they are. */
  staticDir: string
}
