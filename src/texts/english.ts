// The English texts, file by file: what other languages translate, and what is shown where they have nothing.
import api from './en/api.json' with { type: 'json' }
import archive from './en/archive.json' with { type: 'json' }
import calendar from './en/calendar.json' with { type: 'json' }
import comments from './en/comments.json' with { type: 'json' }
import dashboard from './en/dashboard.json' with { type: 'json' }
import desk from './en/desk.json' with { type: 'json' }
import details from './en/details.json' with { type: 'json' }
import editor from './en/editor.json' with { type: 'json' }
import errors from './en/errors.json' with { type: 'json' }
import factor from './en/factor.json' with { type: 'json' }
import feeds from './en/feeds.json' with { type: 'json' }
import groups from './en/groups.json' with { type: 'json' }
import guests from './en/guests.json' with { type: 'json' }
import html from './en/html.json' with { type: 'json' }
import imports from './en/imports.json' with { type: 'json' }
import jobs from './en/jobs.json' with { type: 'json' }
import live from './en/live.json' with { type: 'json' }
import machines from './en/machines.json' with { type: 'json' }
import markdown from './en/markdown.json' with { type: 'json' }
import media from './en/media.json' with { type: 'json' }
import moderation from './en/moderation.json' with { type: 'json' }
import oidc from './en/oidc.json' with { type: 'json' }
import passwords from './en/passwords.json' with { type: 'json' }
import people from './en/people.json' with { type: 'json' }
import postAuthors from './en/postAuthors.json' with { type: 'json' }
import postBin from './en/postBin.json' with { type: 'json' }
import postChanges from './en/postChanges.json' with { type: 'json' }
import postLinks from './en/postLinks.json' with { type: 'json' }
import postList from './en/postList.json' with { type: 'json' }
import posts from './en/posts.json' with { type: 'json' }
import reactions from './en/reactions.json' with { type: 'json' }
import reading from './en/reading.json' with { type: 'json' }
import redirects from './en/redirects.json' with { type: 'json' }
import registrations from './en/registrations.json' with { type: 'json' }
import revisions from './en/revisions.json' with { type: 'json' }
import rights from './en/rights.json' with { type: 'json' }
import schedules from './en/schedules.json' with { type: 'json' }
import search from './en/search.json' with { type: 'json' }
import series from './en/series.json' with { type: 'json' }
import sessions from './en/sessions.json' with { type: 'json' }
import settings from './en/settings.json' with { type: 'json' }
import setup from './en/setup.json' with { type: 'json' }
import subscriptions from './en/subscriptions.json' with { type: 'json' }
import tags from './en/tags.json' with { type: 'json' }
import team from './en/team.json' with { type: 'json' }
import themes from './en/themes.json' with { type: 'json' }
import threads from './en/threads.json' with { type: 'json' }
import tokens from './en/tokens.json' with { type: 'json' }

export const english = {
  api,
  archive,
  calendar,
  comments,
  dashboard,
  desk,
  details,
  editor,
  errors,
  factor,
  feeds,
  groups,
  guests,
  html,
  imports,
  jobs,
  live,
  machines,
  markdown,
  media,
  moderation,
  oidc,
  passwords,
  people,
  postAuthors,
  postBin,
  postChanges,
  postLinks,
  postList,
  posts,
  reactions,
  reading,
  redirects,
  registrations,
  revisions,
  rights,
  schedules,
  search,
  series,
  sessions,
  settings,
  setup,
  subscriptions,
  tags,
  team,
  themes,
  threads,
  tokens,
}

type English = typeof english
export type TextKey = { [File in keyof English]: `${File}.${keyof English[File] & string}` }[keyof English]
