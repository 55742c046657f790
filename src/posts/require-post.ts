import type { Db } from '../db/pool.ts'
import { notFound } from '../errors.ts'
import type { Visitor } from '../http/app.ts'
import { requireVisitor } from '../sessions/read-session.ts'
import { canEdit } from './post.ts'
import { findPost } from './queries.ts'

type IdRequest = { params: { id: string }; visitor: Visitor | null }

/** The post that the address names, for those who may edit it, or delete it; nobody else learns that it exists. */
export async function requirePost(db: Db, request: IdRequest, may = canEdit) {
  const visitor = requireVisitor(request)
  const post = await findPost(db, Number(request.params.id))
  if (!post || !may(visitor, post)) throw notFound('post')
  return { visitor, post }
}
