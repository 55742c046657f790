// Two texts are compared before their page is made: long ones in a thread, so that nobody else waits for it.
import { AppError } from '../errors.ts'
import type { Details } from '../post-details/details.ts'
import { newLine } from '../threads/line.ts'
import { TooMuch, newThread } from '../threads/thread.ts'
import { type Layout, layOut, quickDifference } from './difference.ts'

type Compared = { title: string; tags: string; body: string; details: Partial<Details> }

/** Two states of a post. `body` is undefined where their texts could not be compared in time. */
export type Comparison<State extends Compared = Compared> = { before: State; after: State; body: Layout | undefined }

export type Question = { before: string; after: string }
export type Answer = Layout | undefined

const limitMs = 2000

const inTurn = newLine()
const ask = newThread<Question, Answer>(new URL('difference-thread.ts', import.meta.url))

/** `account` is who wants to see it: accounts take turns. */
export async function compare<State extends Compared>(
  before: State,
  after: State,
  account: number,
): Promise<Comparison<State>> {
  return { before, after, body: await compareTexts(before.body, after.body, account) }
}

async function compareTexts(before: string, after: string, account: number): Promise<Answer> {
  const pieces = before === after ? [] : quickDifference(before, after)
  if (pieces) return layOut(pieces)
  try {
    return await inTurn({ purpose: 'preview', account }, () => ask({ before, after }, (next) => next(limitMs)))
  } catch (error) {
    // The page shows both texts instead, whatever there was too much of.
    if (error instanceof TooMuch || error instanceof AppError) return undefined
    throw error
  }
}
