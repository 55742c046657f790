import type { Db } from '../db/pool.ts'
import type { Mailer } from './mailer.ts'

/** What a job that writes a mail is given. */
export type Post = {
  db: Db
  mailer: Mailer
  origin: string
  siteTitle: () => string
  /** The same at every try of one job. */
  messageId: string
}
