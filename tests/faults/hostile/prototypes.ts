import { expect } from 'vitest'

const SHARED = [Object.prototype, Array.prototype, Function.prototype, String.prototype]

/** The names that every object of this process has, of which no request may add one. */
function sharedNames(): string[] {
  return SHARED.flatMap(prototype => Reflect.ownKeys(prototype).map(String))
}

const atFirst = sharedNames()

/** Asserts that no request has reached what all objects share. */
export function expectNoPollution(): void {
  expect(sharedNames()).toEqual(atFirst)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
}
