import { createHash, randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import type { Visitor } from '../http/app.ts'

/** In the words of reactions_kind_check. */
export const reactionKinds = ['like', 'love', 'insight', 'thanks'] as const
export type ReactionKind = (typeof reactionKinds)[number]

/** Who may react, in the words of settings_reactions_check. */
export const ReactionChoice = Type.Union([Type.Literal('off'), Type.Literal('accounts'), Type.Literal('everyone')])

/**
 * What is wanted in the end, so that a form that is sent twice does the same twice: `none` takes the reaction back. `guest`
 * was made with the page, so that a stranger without a cookie who presses twice is one person.
 */
export const ReactionForm = Type.Object({
  reaction: Type.Union([
    Type.Literal('like'),
    Type.Literal('love'),
    Type.Literal('insight'),
    Type.Literal('thanks'),
    Type.Literal('none'),
  ]),
  guest: Type.Optional(Type.String({ pattern: '^[\\w-]{22}$' })),
})

/** Both are null for a stranger who has not reacted to anything. */
export type Reader = { user_id: number | null; guest_hash: Buffer | null }

export function newGuest(): string {
  return randomBytes(16).toString('base64url')
}

/** One stranger is somebody else under each post. */
export function readerOf(visitor: Visitor | null, guest: string | undefined, post_id: number): Reader {
  if (visitor) return { user_id: visitor.id, guest_hash: null }
  if (guest === undefined) return { user_id: null, guest_hash: null }
  return { user_id: null, guest_hash: createHash('sha256').update(`${guest} ${post_id}`).digest() }
}

type Settings = { reactions: string }

/** True where a post shows what readers said of it. */
export function hasReactions(settings: Settings, post: { kind: string; reactions: string }): boolean {
  return settings.reactions !== 'off' && post.kind === 'post' && post.reactions !== 'off'
}

export function mayReact(visitor: Visitor | null, settings: Settings): boolean {
  return visitor !== null || settings.reactions === 'everyone'
}
