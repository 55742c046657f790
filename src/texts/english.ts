// The English texts, file by file: what other languages translate, and what is shown where they have nothing.
import archive from './en/archive.json' with { type: 'json' }
import comments from './en/comments.json' with { type: 'json' }
import desk from './en/desk.json' with { type: 'json' }
import guests from './en/guests.json' with { type: 'json' }
import imports from './en/imports.json' with { type: 'json' }
import live from './en/live.json' with { type: 'json' }
import machines from './en/machines.json' with { type: 'json' }
import media from './en/media.json' with { type: 'json' }
import moderation from './en/moderation.json' with { type: 'json' }
import people from './en/people.json' with { type: 'json' }
import reactions from './en/reactions.json' with { type: 'json' }
import reading from './en/reading.json' with { type: 'json' }
import search from './en/search.json' with { type: 'json' }
import subscriptions from './en/subscriptions.json' with { type: 'json' }
import themes from './en/themes.json' with { type: 'json' }

export const english = {
  archive,
  comments,
  desk,
  guests,
  imports,
  live,
  machines,
  media,
  moderation,
  people,
  reactions,
  reading,
  search,
  subscriptions,
  themes,
}

type English = typeof english
export type TextKey = { [File in keyof English]: `${File}.${keyof English[File] & string}` }[keyof English]
