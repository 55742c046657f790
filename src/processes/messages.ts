// What the parent and its processes say to each other.
import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import type { ConnectionTarget } from '../db/connection-string.ts'

export type Figures = MetricObjectWithValues<MetricValue<string>>[]

export type FromParent =
  | { is: 'begin'; target: ConnectionTarget }
  /** Stop now, with the time that what is under way has. */
  | { is: 'stop' }
  /** Another has taken the place. */
  | { is: 'leave' }
  | { is: 'figures'; number: number }
  /** Of all processes, as asked for with `all`. */
  | { is: 'text'; number: number; text: string }

export type FromChild =
  | { is: 'loaded' }
  | { is: 'ready' }
  /** Words for who started it; the process ends. */
  | { is: 'failed'; words: string }
  | { is: 'figures'; number: number; figures: Figures }
  | { is: 'all'; number: number }
  /** The process wants to be replaced. */
  | { is: 'done'; why: string }
