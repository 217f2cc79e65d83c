/** Everything the log can tell of. A new admin action adds its name here. */
export const AUDIT_ACTIONS = [
  'contact.updated',
  'demo_request.updated',
  'user.limits_changed',
  'user.suspended',
  'user.reactivated',
  'polar_event.replayed',
  'file.shared',
  'shared_file.deleted',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/** What an action was done to. */
export const AUDIT_TARGETS = ['contact', 'demo_request', 'user', 'polar_event', 'file'] as const
export type AuditTarget = (typeof AUDIT_TARGETS)[number]
