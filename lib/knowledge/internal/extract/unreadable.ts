import { AppError } from '../../../errors.ts'

/** A file whose text cannot be had, through no fault of ours; the message is one plain sentence for its owner. */
export class Unreadable extends AppError {
  constructor(reason: string, options?: ErrorOptions) {
    super('invalid_input', reason, {}, options)
    this.name = 'Unreadable'
  }
}
