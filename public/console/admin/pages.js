import { AuditPage } from './audit.js'
import { BillingPage } from './billing.js'
import { FeedbackPage } from './feedback.js'
import { ContactsPage, DemosPage } from './leads.js'
import { OverviewPage } from './overview.js'
import { UsersPage } from './users.js'

/** The pages for admins, by their names in the address; each takes the `id` that follows the name. */
export const ADMIN_PAGES = {
  overview: OverviewPage,
  contacts: ContactsPage,
  demos: DemosPage,
  users: UsersPage,
  billing: BillingPage,
  audit: AuditPage,
  feedback: FeedbackPage,
}
