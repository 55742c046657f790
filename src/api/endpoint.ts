// One deed of the API, described once: Fastify checks by it, and the OpenAPI document is written from it.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import type { Scope } from '../api-tokens/token.ts'
import type { Actor } from '../audit/queries.ts'
import type { Db } from '../db/pool.ts'
import type { Visitor } from '../http/app.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type Endpoint<Params extends TSchema, Query extends TSchema, Body extends TSchema> = {
  /** What a client that is made from the document calls it. */
  id: string
  method: Method
  /** As Fastify writes it, below /api/v1. */
  path: string
  noun: string
  summary: string
  description?: string
  /** What a token needs, beside the rights of its person. */
  scope: Scope
  /** Who may bring a body, where that is looked at before a long one is read. */
  mayBring?: (visitor: Visitor) => boolean
  params?: Params
  query?: Query
  body?: Body
  /** Of the body, when it is no JSON. */
  bodyType?: 'multipart/form-data'
  bodyLimit?: number
  /** How many milliseconds it may take to begin and to end, where that is long. */
  longest?: number
  answer: { status: 200 | 201 | 202; schema: TSchema } | { status: 204 }
  /** Whether If-Match is looked at. */
  hasMatch?: boolean
} & Reach

/** Without a token for everyone, or for who has one, and `needs` this, in the words of docs/api.md. */
type Reach = { who: 'everyone'; needs?: never } | { needs: string; who?: never }

/** What goes back: `etag` names the state that `body` shows. */
export type Answer = { body?: unknown; etag?: string; location?: string }

export type Call<Params extends TSchema, Query extends TSchema, Body extends TSchema> = {
  request: FastifyRequest
  reply: FastifyReply
  visitor: Visitor | null
  params: Static<Params>
  query: Static<Query>
  body: Static<Body>
  /** The visitor, or 401. */
  someone: () => Visitor
  /** The same as somebody who does something. */
  actor: () => Actor
  /**
   * Does the work in one transaction, in which deeds that open their own are steps, with the note of its answer when the
   * request has an Idempotency-Key. Sent again with the same key it answers the same and does nothing; who lost a
   * right meanwhile is told that it was done, and no more.
   */
  write: (work: (db: Db) => Promise<Answer>) => Promise<Answer>
  /** Throws `changed` when the request was made for another state than the one of this tag. */
  requireMatch: (etag: string) => void
}

export type Register = <Params extends TSchema, Query extends TSchema, Body extends TSchema>(
  endpoint: Endpoint<Params, Query, Body>,
  handler: (call: Call<Params, Query, Body>) => Promise<Answer>,
) => void

export type Described = Endpoint<TSchema, TSchema, TSchema>
