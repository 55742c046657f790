import { Type, type Static } from 'typebox'

export const reportReasons = ['spam', 'unkind', 'off-topic', 'private', 'other'] as const
export type ReportReason = (typeof reportReasons)[number]

export const ReportForm = Type.Object({
  reason: Type.Enum([...reportReasons]),
  words: Type.Optional(Type.String({ maxLength: 1000 })),
})
export type ReportInput = Static<typeof ReportForm>

/** As many as the queue shows of one comment. */
export const reportsShown = 10

export const perReporter = { most: 20, windowSeconds: 3600 }
