/** The file is no archive, or not a whole one. */
export class BrokenArchive extends Error {
  constructor(reason: string) {
    super(`The archive can't be used: ${reason}.`)
  }
}
