// The English texts, file by file: what other languages translate, and what is shown where they have nothing.
import comments from './en/comments.json' with { type: 'json' }
import live from './en/live.json' with { type: 'json' }
import subscriptions from './en/subscriptions.json' with { type: 'json' }

export const english = { comments, live, subscriptions }

type English = typeof english
export type TextKey = { [File in keyof English]: `${File}.${keyof English[File] & string}` }[keyof English]
