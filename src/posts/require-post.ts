import type { Db } from '../db/pool.ts'
import type { Visitor } from '../http/app.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { canEdit, refusalOf } from './post.ts'
import { findPost } from './queries.ts'

type IdRequest = { params: { id: string }; visitor: Visitor | null }

/** The post that the address names, for those who may edit it, or delete it; who may not even read it does not learn that it exists. */
export async function requirePost(db: Db, request: IdRequest, may = canEdit) {
  const visitor = requireVisitor(request)
  const post = await findPost(db, Number(request.params.id))
  if (!post || !may(visitor, post)) throw refusalOf(visitor, post)
  return { visitor, post }
}
