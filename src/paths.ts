// Every address of the blog. `paths.post(':slug')` is the route, `paths.post(post.slug)` the link.

const segment = (value: string | number) => {
  const text = String(value)
  return text.startsWith(':') ? text : encodeURIComponent(text)
}

const queryOf = (values: Record<string, string | number> = {}) => {
  const text = new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)])).toString()
  return text && `?${text}`
}

export const paths = {
  home: (before?: string) => (before ? `/?before=${encodeURIComponent(before)}` : '/'),
  page: (slug: string) => `/${segment(slug)}`,
  post: (slug: string) => `/posts/${segment(slug)}`,
  postComments: (slug: string) => `/posts/${segment(slug)}/comments`,
  /** For the script of a post with live comments: a stream, the same asked for now and then, and the comments themselves. */
  liveComments: (slug: string) => `/posts/${segment(slug)}/comments/live`,
  changedComments: (slug: string) => `/posts/${segment(slug)}/comments/changes`,
  someComments: (slug: string) => `/posts/${segment(slug)}/comments/some`,
  comment: (slug: string, id: number) => `/posts/${segment(slug)}?comment=${id}#comment-${id}`,
  reply: (slug: string, id: number) => `/posts/${segment(slug)}?reply=${id}#reply`,
  quote: (slug: string, id: number) => `/posts/${segment(slug)}?quote=${id}#reply`,
  reaction: (slug: string) => `/posts/${segment(slug)}/reaction`,
  author: (slug: string, before?: string) =>
    `/authors/${segment(slug)}${before ? `?before=${encodeURIComponent(before)}` : ''}`,
  tag: (slug: string, before?: string) =>
    `/tags/${segment(slug)}${before ? `?before=${encodeURIComponent(before)}` : ''}`,
  tags: (after?: string) => `/tags${after === undefined ? '' : queryOf({ after })}`,
  series: (slug: string) => `/series/${segment(slug)}`,
  archive: () => '/archive',
  archiveYear: (year: string, before?: string) =>
    `/archive/${segment(year)}${before === undefined ? '' : queryOf({ before })}`,
  archiveMonth: (year: string, month: string, before?: string) =>
    `/archive/${segment(year)}/${segment(month)}${before === undefined ? '' : queryOf({ before })}`,
  /** `page` is the address of what it is a feed of, empty for the blog. */
  feed: (page: string, file: string) => `${page}/${file}`,
  /** `file` is made of what the picture says. */
  titlePicture: (slug: string, file: string) => `/posts/${segment(slug)}/picture/${segment(file)}`,
  /** A card of a post, for other sites. */
  oembed: (query?: Record<string, string>) => `/oembed${queryOf(query)}`,
  llms: () => '/llms.txt',
  securityContact: () => '/.well-known/security.txt',
  changePassword: () => '/.well-known/change-password',
  search: (query?: Record<string, string | number>) => `/search${queryOf(query)}`,
  searchSuggestions: () => '/search/suggestions',
  openSearch: () => '/opensearch.xml',
  robots: () => '/robots.txt',
  sitemap: () => '/sitemap.xml',
  sitemapPart: (part: number | string) => `/sitemap/${segment(part)}`,
  preview: (token: string) => `/preview/${segment(token)}`,
  /** Leads to the comment, wherever it stands. */
  commentPlace: (id: string | number) => `/comments/${segment(id)}`,
  editComment: (id: string | number) => `/comments/${segment(id)}/text`,
  commentVersions: (id: string | number) => `/comments/${segment(id)}/versions`,
  commentDeletion: (id: string | number) => `/comments/${segment(id)}/deletion`,
  commentRestoration: (id: string | number) => `/comments/${segment(id)}/restoration`,
  guestSent: () => '/comments/sent',
  guestConfirmation: (token: string) => `/comments/confirm/${segment(token)}`,
  commentReport: (id: string | number) => `/comments/${segment(id)}/report`,
  moderationLog: (before?: number) => `/comments/moderation${before === undefined ? '' : `?before=${before}`}`,

  themeStylesheet: (file: string) => `/assets/themes/${segment(file)}`,
  /** A picture as it stands in texts, for ever; the name is there for people. */
  media: (key: string, name: string) => `/media/${segment(key)}/${segment(name)}`,
  /** One of its files, which never changes. */
  mediaFile: (place: string, file: string) => `/media/files/${segment(place)}/${segment(file)}`,

  signIn: () => '/sign-in',
  signInCode: () => '/sign-in/code',
  secondFactor: (query?: Record<string, string>) => `/account/second-factor${queryOf(query)}`,
  secondFactorPicture: () => '/account/second-factor/picture.svg',
  secondFactorConfirmation: () => '/account/second-factor/confirmation',
  secondFactorEnd: () => '/account/second-factor/end',
  recoveryCodes: () => '/account/second-factor/recovery-codes',
  sessions: () => '/account/sessions',
  sessionEnd: (id: string) => `/account/sessions/${segment(id)}/end`,
  sessionsEnd: () => '/account/sessions/end',
  signInMail: () => '/account/sign-in-mail',
  signOut: () => '/sign-out',
  register: () => '/register',
  registered: () => '/register/sent',
  confirmation: (token: string) => `/confirm/${segment(token)}`,
  profile: () => '/profile',
  subscriptionEnd: (id: string | number) => `/profile/subscriptions/${segment(id)}/end`,
  commentMail: () => '/profile/comment-mail',
  unsubscribe: (token: string) => `/unsubscribe/${segment(token)}`,
  password: () => '/password',
  forgottenPassword: () => '/password/forgotten',
  passwordReset: (token: string) => `/password/reset/${segment(token)}`,
  setup: (token: string) => `/setup/${segment(token)}`,

  admin: {
    dashboard: () => '/admin',
    calendar: (month?: string) => `/admin/calendar${month ? `?month=${encodeURIComponent(month)}` : ''}`,
    posts: (query?: Record<string, string>) => `/admin/posts${queryOf(query)}`,
    postChanges: () => '/admin/posts/changes',
    newPost: (day?: string) => `/admin/posts/new${day === undefined ? '' : queryOf({ day })}`,
    newPostPreview: () => '/admin/posts/new/preview',
    newAutosave: () => '/admin/posts/new/autosave',
    newPostPage: () => '/admin/posts/new/page',
    post: (id: string | number, day?: string) =>
      `/admin/posts/${segment(id)}${day === undefined ? '' : queryOf({ day })}`,
    autosave: (id: string | number) => `/admin/posts/${segment(id)}/autosave`,
    comparison: (id: string | number) => `/admin/posts/${segment(id)}/comparison`,
    postPage: (id: string | number) => `/admin/posts/${segment(id)}/page`,
    postPreview: (id: string | number) => `/admin/posts/${segment(id)}/preview`,
    publication: (id: string | number) => `/admin/posts/${segment(id)}/publication`,
    publicationEnd: (id: string | number) => `/admin/posts/${segment(id)}/publication/end`,
    coAuthorshipEnd: (id: string | number) => `/admin/posts/${segment(id)}/co-authorship/end`,
    revisions: (id: string | number, before?: number) =>
      `/admin/posts/${segment(id)}/revisions${before === undefined ? '' : `?before=${before}`}`,
    revision: (id: string | number, number: string | number, query?: Record<string, string | number>) =>
      `/admin/posts/${segment(id)}/revisions/${segment(number)}${queryOf(query)}`,
    revisionAt: (id: string | number) => `/admin/posts/${segment(id)}/revisions/at`,
    revisionPage: (id: string | number, number: string | number) =>
      `/admin/posts/${segment(id)}/revisions/${segment(number)}/page`,
    revisionName: (id: string | number, number: string | number) =>
      `/admin/posts/${segment(id)}/revisions/${segment(number)}/name`,
    revisionRestoration: (id: string | number, number: string | number) =>
      `/admin/posts/${segment(id)}/revisions/${segment(number)}/restoration`,
    draftDeletion: (id: string | number) => `/admin/posts/${segment(id)}/draft/deletion`,
    schedule: (id: string | number) => `/admin/posts/${segment(id)}/schedule`,
    postLinks: (id: string | number) => `/admin/posts/${segment(id)}/links`,
    postLinkEnd: (id: string | number, link: string | number) =>
      `/admin/posts/${segment(id)}/links/${segment(link)}/end`,
    redirects: (before?: number) => `/admin/redirects${before === undefined ? '' : `?before=${before}`}`,
    redirectDeletion: (id: string | number) => `/admin/redirects/${segment(id)}/deletion`,
    bin: (before?: string) => `/admin/bin${before ? `?before=${encodeURIComponent(before)}` : ''}`,
    binRestorations: () => '/admin/bin/restorations',
    binRestoration: (id: string | number) => `/admin/bin/${segment(id)}/restoration`,
    binRemoval: (id: string | number) => `/admin/bin/${segment(id)}/removal`,
    postDeletion: (id: string | number) => `/admin/posts/${segment(id)}/deletion`,
    comments: (query?: Record<string, string>) => `/admin/comments${queryOf(query)}`,
    commentDecisions: () => '/admin/comments/decisions',
    commentDecisionEnds: () => '/admin/comments/decisions/end',
    commentRules: () => '/admin/comments/settings',
    bans: (query?: Record<string, string>) => `/admin/comments/bans${queryOf(query)}`,
    banEnd: (id: string | number) => `/admin/comments/bans/${segment(id)}/end`,
    moderationLog: (before?: number) => `/admin/comments/log${before === undefined ? '' : `?before=${before}`}`,
    deletedComments: (before?: string) =>
      `/admin/comments/deleted${before ? `?before=${encodeURIComponent(before)}` : ''}`,
    media: (query?: Record<string, string | number>) => `/admin/media${queryOf(query)}`,
    mediaUnusedRemoval: () => '/admin/media/unused/removal',
    medium: (id: string | number) => `/admin/media/${segment(id)}`,
    mediumReplacement: (id: string | number) => `/admin/media/${segment(id)}/replacement`,
    mediumDeletion: (id: string | number) => `/admin/media/${segment(id)}/deletion`,
    settings: () => '/admin/settings',
    safetySettings: () => '/admin/settings/safety',
    personSessionsEnd: (id: string | number) => `/admin/people/${segment(id)}/sessions/end`,
    personSecondFactorEnd: (id: string | number) => `/admin/people/${segment(id)}/second-factor/end`,
    machineSettings: () => '/admin/settings/machines',
    appearance: () => '/admin/appearance',
    appearanceDraft: () => '/admin/appearance/draft',
    appearancePreview: () => '/admin/appearance/preview',
    appearanceFile: () => '/admin/appearance/file',
    appearanceVersionRestoration: (number: number | string) =>
      `/admin/appearance/versions/${segment(number)}/restoration`,
    imports: () => '/admin/imports',
    import: (id: string | number) => `/admin/imports/${segment(id)}`,
    importProgress: (id: string | number) => `/admin/imports/${segment(id)}/progress`,
    importContinuation: (id: string | number) => `/admin/imports/${segment(id)}/continuation`,
    importUndo: (id: string | number) => `/admin/imports/${segment(id)}/undo`,
    importLeftovers: (id: string | number, query?: Record<string, string | number>) =>
      `/admin/imports/${segment(id)}/leftovers${queryOf(query)}`,
    importLeftover: (id: string | number, leftover: string | number) =>
      `/admin/imports/${segment(id)}/leftovers/${segment(leftover)}`,
    importLeftoversFile: (id: string | number) => `/admin/imports/${segment(id)}/leftovers.jsonl`,
    upload: (token: string) => `/admin/imports/uploads/${segment(token)}`,
    uploadProgress: (token: string) => `/admin/imports/uploads/${segment(token)}/progress`,
    uploadInspection: (token: string) => `/admin/imports/uploads/${segment(token)}/inspection`,
    uploadRehearsal: (token: string) => `/admin/imports/uploads/${segment(token)}/rehearsal`,
    uploadImport: (token: string) => `/admin/imports/uploads/${segment(token)}/import`,
    uploadDeletion: (token: string) => `/admin/imports/uploads/${segment(token)}/deletion`,
  },

  livez: () => '/livez',
  readyz: () => '/readyz',
  metrics: () => '/metrics',

  // Addresses the blog had before it moved here.
  legacy: {
    post: (id: string | number) => `/post/${segment(id)}`,
    newPost: () => '/new',
    signIn: () => '/auth/login',
    signOut: () => '/auth/logout',
    registration: () => '/auth/registration',
    register: () => '/auth/register',
    profile: () => '/auth/profile',
    emailVerification: (key: string) => `/auth/email_verification/${segment(key)}`,
    forgottenPassword: () => '/auth/password_retrieval',
    passwordReset: (key: string) => `/auth/password_reset/${segment(key)}`,
    password: () => '/auth/password_change',
    accountSettings: () => '/account/settings',
  },
}
