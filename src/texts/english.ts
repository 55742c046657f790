// The English texts, file by file: what other languages translate, and what is shown where they have nothing.
import comments from './en/comments.json' with { type: 'json' }
import guests from './en/guests.json' with { type: 'json' }
import moderation from './en/moderation.json' with { type: 'json' }

export const english = { comments, guests, moderation }

type English = typeof english
export type TextKey = { [File in keyof English]: `${File}.${keyof English[File] & string}` }[keyof English]
