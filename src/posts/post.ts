import { Type, type Static } from 'typebox'
import { type AppError, forbidden, notFound } from '../errors.ts'
import { excerptOfText } from '../markdown/excerpt.ts'
import type { Visitor } from '../http/app.ts'
import { holds, mayHandle } from '../permissions/permission.ts'
import type { EditablePost } from './queries.ts'
import type { RenderedText } from '../renderings/render-text.ts'
import type { State } from '../revisions/revision.ts'
import { text } from '../texts/texts.ts'
import { isSeen, visible } from '../users/user.ts'
import { type Details, detailFields } from '../post-details/details.ts'

export const pageSize = 20
export const mostTags = 10

/** Made with a form, so that sending it twice makes one post. */
export const SubmissionKey = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })

export const longestTitle = 512
export const longestText = 500_000

/** Bytes of a form: the longest text with every character of it written as %F0%9F%98%80, and the rest. */
export const formLimit = 6 * 1024 * 1024

export const PostForm = Type.Object({
  title: Type.String({ minLength: 1, maxLength: longestTitle, pattern: visible }),
  body: Type.String({ minLength: 1, maxLength: longestText, pattern: '\\S' }),
  tags: Type.Optional(Type.String({ maxLength: 500 })),
  ...detailFields,
  /** Which button was pressed; a draft of a published post changes nothing for readers. */
  draft: Type.Optional(Type.Literal('yes')),
  publish: Type.Optional(Type.Literal('yes')),
  version: Type.Optional(Type.String({ pattern: '^\\d{1,9}$' })),
  submission_key: Type.Optional(SubmissionKey),
  /** The day of the calendar it was begun for. */
  day: Type.Optional(Type.String({ maxLength: 20 })),
})

export type PostInput = Static<typeof PostForm>

/**
 * A post as it is written: by a form, a program or an earlier revision. Without details it keeps those it has. `rendered`
 * is of whoever has it already, as those who save within a transaction must: rendering takes its time.
 */
export type Written = {
  title: string
  body: string
  tags?: string | undefined
  details?: Details | undefined
  rendered?: RenderedText
}

type Owned = { author_id: number | null; co_authors?: { id: number }[] }

export function canWrite(visitor: Visitor | null): boolean {
  return holds(visitor, 'post.create')
}

export function canPublish(visitor: Visitor | null): boolean {
  return holds(visitor, 'post.publish')
}

export function canEdit(visitor: Visitor | null, post: Owned): boolean {
  return mayHandle(visitor, 'post', 'edit', visitor && isCoAuthor(visitor, post) ? visitor.id : post.author_id)
}

/** Who writes a post and who reads it is its author's to decide, or who may edit every post: no co-author's. */
export function canManage(visitor: Visitor | null, post: Owned): boolean {
  return mayHandle(visitor, 'post', 'edit', post.author_id)
}

export function isCoAuthor(visitor: Visitor, post: Owned): boolean {
  return (post.co_authors ?? []).some(({ id }) => id === visitor.id)
}

/** What the page of a post offers. */
export function rightsOf(visitor: Visitor, post: Owned) {
  return {
    mayPublish: canPublish(visitor),
    mayDelete: canDelete(visitor, post),
    mayManage: canManage(visitor, post),
    mayLeave: isCoAuthor(visitor, post),
  }
}
export type Rights = ReturnType<typeof rightsOf>

/** What is not a co-author's to decide stays as it is, whatever the form says. */
export function ofCoAuthor<T extends Partial<PostInput>>({ authors: _, visibility: __, ...input }: T) {
  return input
}

/** What of the details is its author's to decide. */
export function managedOf({ visibility, authors }: Details): Pick<Details, 'visibility' | 'authors'> {
  return { visibility, authors }
}

export function canDelete(visitor: Visitor | null, post: Owned): boolean {
  return mayHandle(visitor, 'post', 'delete', post.author_id)
}

/** Whose posts those may delete who may delete any: their own, or everybody's, which is null. */
export function deletableOf(visitor: Visitor): number | null {
  return holds(visitor, 'post.delete.any') ? null : visitor.id
}

/** True for those who see everybody's drafts in the list. */
export function canEditAll(visitor: Visitor | null): boolean {
  return holds(visitor, 'post.edit.any')
}

/** What a writer goes on with: the draft beside a published text where there is one, else that text. */
export function latestText(post: EditablePost) {
  return {
    title: post.draft_title ?? post.title,
    body: post.draft_body ?? post.body,
    tags: post.draft_tags ?? post.tags,
    format: post.draft_format ?? post.body_format,
    at: post.draft_at ?? post.updated_at,
    /** An account that is gone has no name. */
    by: (post.draft_at ? post.draft_by_name : post.updated_by_name) ?? text('posts.somebody'),
  }
}

/** Posts of an older blog may have none, or one that nobody can see; a link has to have words. */
export function titleOf({ title }: { title: string }): string {
  // With a letter that everybody can see, there is nothing to look for.
  return /[!-~]/.test(title) || isSeen(title) ? title : text('posts.untitled')
}

/** What search engines say of a page that lists posts. */
export function aboutPosts(posts: { title: string }[]): string {
  return excerptOfText(posts.slice(0, 5).map(titleOf).join(' · '))
}

/** "bread, Night trains,, bread" is two tags. At most ten, each at most 50 characters. */
export function tagNames(written: string | undefined): string[] {
  const names = (written ?? '')
    .split(',')
    .map((name) => Array.from(name.trim().replace(/\s+/g, ' ')).slice(0, 50).join(''))
    .filter(Boolean)
  const seen = new Set<string>()
  return names.filter((name) => !seen.has(name.toLowerCase()) && seen.add(name.toLowerCase())).slice(0, mostTags)
}

/** What a revision or a draft keeps of a form. */
export function stateOf({ title, body, tags }: Written, details: Details, body_format: string): State {
  return { title: title.trim(), body, body_format, tags: tagNames(tags).join(', '), details }
}

/** True for who may open a post that is out. Posts for members have a page for everybody, without the text. */
export function canOpen(visitor: Visitor | null, post: Owned & { visibility: string }): boolean {
  return post.visibility !== 'private' || canEdit(visitor, post)
}

/** The same for one that is asked for by its number, or by that of a comment: what is found by its link alone is not counted out. */
export function canFind(visitor: Visitor | null, post: Owned & { visibility: string }): boolean {
  return canOpen(visitor, post) && (post.visibility !== 'unlisted' || canEdit(visitor, post))
}

type Asked = Owned & { visibility: string; is_public: boolean }

/** What somebody who may not do it is told: that they may not, when they may read the post, else that there is none. */
export function refusalOf(visitor: Visitor | null, post: Asked | undefined): AppError {
  const isSeen = post !== undefined && (canEdit(visitor, post) || (post.is_public && canFind(visitor, post)))
  return isSeen ? forbidden() : notFound('post')
}

export function canRead(visitor: Visitor | null, { visibility }: { visibility: string }): boolean {
  return visibility !== 'members' || visitor !== null
}

/** Where a page of a list begins: the moment in microseconds and the id of the last post shown. */
export type Position = { moment: number; id: number }

/** An address that names no place in a list is not one of ours. */
export function positionOf(before: string | undefined): Position | undefined {
  if (before === undefined) return undefined
  const match = /^(-?\d{1,16})-(\d{1,16})$/.exec(before)
  if (!match) throw notFound()
  return { moment: Number(match[1]), id: Number(match[2]) }
}

export function writePosition({ moment, id }: Position): string {
  return `${moment}-${id}`
}
