import type { ProblemCode } from './http/problems.ts'

export type FieldError = { path: string; message: string }

/** What a problem may tell beyond its text. All of it reaches the client. */
export type ErrorExtras = {
  errors?: FieldError[]
  retryAfterSeconds?: number
  limit?: number
  used?: number
  resetsAt?: Date | null
  upgradeUrl?: string
  /** A finer name of what is wrong, from whoever refused the request. */
  reason?: string
  /** Size in bytes of the object whose range was asked for. */
  size?: number
}

/**
 * An error the caller can understand and act on. Verbs throw it knowing no HTTP; the edge maps `code` to a
 * problem response and sends `message` as its detail. Any other error is ours and its message never leaves.
 */
export class AppError extends Error {
  readonly code: ProblemCode
  readonly extras: ErrorExtras

  constructor(code: ProblemCode, message: string, extras: ErrorExtras = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = 'AppError'
    this.code = code
    this.extras = extras
  }
}

export class NotFound extends AppError {
  constructor(noun: string, id?: string) {
    super('not_found', id ? `There is no ${noun} with the id ${id}.` : `There is no such ${noun}.`)
  }
}

export class InvalidInput extends AppError {
  constructor(errors: FieldError[]) {
    super(
      'invalid_input',
      errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; '),
      {
        errors,
      },
    )
  }
}

export class Unauthenticated extends AppError {
  /** One wording for every cause, so that a refusal teaches an attacker nothing. */
  constructor() {
    super('unauthenticated', 'Send a valid session token or API key as "Authorization: Bearer …".')
  }
}

export class NotConfigured extends AppError {
  constructor(names: readonly string[]) {
    super(
      'not_configured',
      `This deployment lacks the setting${names.length > 1 ? 's' : ''} ${names.join(', ')}.`,
    )
  }
}

/** A limit that only removing something or a larger plan can lift. */
export class LimitReached extends AppError {
  constructor(what: string, extras: { limit: number; used: number; upgradeUrl: string }) {
    super('limit_reached', `Your plan's limit of ${what} is ${extras.limit}; ${extras.used} in use.`, {
      ...extras,
      resetsAt: null,
    })
  }
}

/** A quota that a new period lifts. */
export class QuotaExceeded extends AppError {
  constructor(what: string, extras: { limit: number; used: number; resetsAt: Date; upgradeUrl: string }) {
    const seconds = Math.max(1, Math.ceil((extras.resetsAt.getTime() - Date.now()) / 1000))
    super('quota_exceeded', `All ${extras.limit} ${what} of this period are used up.`, {
      ...extras,
      retryAfterSeconds: seconds,
    })
  }
}
