import { notFound } from '../errors.ts'

/** Below it the next page begins; a page never grows without end. */
export const pageSize = 100
/** Of the comment that a link names, so many before it are on its page. */
export const shownBefore = 30
/** A reply to one of the last level stands beside it. A root has level 0. */
export const lastLevel = 31

/** Which page of the comments of a post: the newest, one from a place on or up to it, or the one that has a comment. */
export type Where = { after?: Buffer; before?: Buffer; comment?: number }

export type Asked = {
  where: Where
  /** The comment that the visitor wants to answer. */
  replyTo?: number | undefined
  isQuoted?: boolean
}

export type DiscussionQuery = {
  after?: string | undefined
  before?: string | undefined
  comment?: string | undefined
  reply?: string | undefined
  quote?: string | undefined
}

/** An address that names no place among comments is not one of ours. */
export function askedFor({ after, before, comment, reply, quote }: DiscussionQuery): Asked {
  const answered = quote ?? reply
  const named = answered ?? comment
  if (named !== undefined) {
    const where = { comment: idOf(named) }
    return answered === undefined ? { where } : { where, replyTo: where.comment, isQuoted: quote !== undefined }
  }
  if (after !== undefined) return { where: { after: placeOf(after) } }
  if (before !== undefined) return { where: { before: placeOf(before) } }
  return { where: {} }
}

export function writePlace(place: Buffer): string {
  return place.toString('base64url')
}

function placeOf(text: string): Buffer {
  const place = Buffer.from(text, 'base64url')
  const isWhole = place.length >= 16 && place.length <= 16 + lastLevel * 8 && place.length % 8 === 0
  if (!isWhole || writePlace(place) !== text) throw notFound()
  return place
}

function idOf(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw notFound()
  return Number(text)
}
