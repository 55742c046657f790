// The web application: every hook and every door, in order.
import type { FastifyBaseLogger } from 'fastify'
import { restApi } from './api/rest-api.ts'
import { tokenAdmin } from './api-tokens/admin.ts'
import { accountSafetyAdmin } from './account-safety/admin.ts'
import { archivePages } from './archive/pages.ts'
import { auditApi } from './audit-api/api.ts'
import { auditAdmin } from './audit-log/admin.ts'
import { accountApi } from './accounts/api.ts'
import { banApi } from './bans/api.ts'
import { banAdmin } from './bans/admin.ts'
import { calendarAdmin } from './calendar/admin.ts'
import { commentReportPages } from './comment-reports/pages.ts'
import { commentRulesAdmin } from './comment-rules/admin.ts'
import { commentAdmin } from './comments/admin.ts'
import { commentPages } from './comments/pages.ts'
import { commentApi } from './comments-api/api.ts'
import type { Config } from './config.ts'
import { connectionPages } from './connections/pages.ts'
import { dashboardAdmin } from './dashboard/admin.ts'
import type { Database } from './db/pool.ts'
import type { Replicas } from './db/replicas.ts'
import { departureApi } from './departures/api.ts'
import { departureAdmin } from './departures/admin.ts'
import { editorAdmin } from './editor/admin.ts'
import { emailChangePages } from './email-changes/pages.ts'
import { feedPages } from './feeds/pages.ts'
import { type App, type Visitor, newApp } from './http/app.ts'
import { assetFiles } from './http/assets.ts'
import { refuseCrossOriginWrites } from './http/cross-origin.ts'
import { errorReporter } from './http/error-report.ts'
import { handleErrors } from './http/errors.ts'
import { securityHeaders } from './http/headers.ts'
import { healthPages } from './http/health.ts'
import { legacyAddresses } from './http/legacy.ts'
import { logRequests } from './http/logger.ts'
import { type Metrics, measureRequests, metricsPage, newMetrics } from './http/metrics.ts'
import { plainAddresses } from './http/network-address.ts'
import { refuseUnstorableText } from './http/storable-text.ts'
import { groupAdmin } from './groups/admin.ts'
import { groupApi } from './groups/api.ts'
import { guestPages } from './guests/pages.ts'
import { halfSignInPages } from './half-sign-ins/pages.ts'
import { importAdmin } from './import/admin.ts'
import { importApi } from './imports-api/api.ts'
import { invitationApi } from './invitations/api.ts'
import { invitationAdmin } from './invitations/admin.ts'
import { invitationPages } from './invitations/pages.ts'
import { openHub } from './live/hub.ts'
import { legacyApi } from './legacy-api/api.ts'
import { livePages } from './live/pages.ts'
import { machineSettingsAdmin } from './machine-settings/admin.ts'
import { mediaAdmin } from './media/admin.ts'
import { mediaApi } from './media/api.ts'
import { mediaPages } from './media/pages.ts'
import type { MediaStore } from './media/store.ts'
import { moderationAdmin } from './moderation/admin.ts'
import { moderationApi } from './moderation-api/api.ts'
import { countForModerators } from './moderation/counter.ts'
import { moderationLogAdmin } from './moderation-log/admin.ts'
import { moderationLogPages } from './moderation-log/pages.ts'
import { askProviders } from './oauth/ask-provider.ts'
import { oauthPages } from './oauth/pages.ts'
import { oembedPages } from './oembed/pages.ts'
import { type Fetcher, newFetcher } from './outbound/fetcher.ts'
import { passwordPages } from './passwords/pages.ts'
import { personalDataApi } from './personal-data/api.ts'
import { personalDataAdmin } from './personal-data/admin.ts'
import { type Pages, keepPages } from './page-cache/keep.ts'
import { personalDataPages } from './personal-data/pages.ts'
import { peopleAdmin } from './people/admin.ts'
import { binAdmin } from './post-bin/admin.ts'
import { permissionAdmin } from './permissions/admin.ts'
import { postChangeAdmin } from './post-changes/admin.ts'
import { authorAdmin } from './post-authors/admin.ts'
import { draftAdmin } from './post-drafts/admin.ts'
import { draftApi } from './post-drafts/api.ts'
import { linkAdmin } from './post-links/admin.ts'
import { linkPages } from './post-links/pages.ts'
import { postListAdmin } from './post-list/admin.ts'
import { postAdmin } from './posts/admin.ts'
import { revisionAdmin } from './revisions/admin.ts'
import { revisionApi } from './revisions/api.ts'
import { scheduleAdmin } from './schedules/admin.ts'
import { postPages } from './posts/pages.ts'
import { postApi } from './posts-api/api.ts'
import { readFromReplicas } from './replicas/read-from-replicas.ts'
import { elsewhereOn } from './redirects/elsewhere.ts'
import { reactionPages } from './reactions/pages.ts'
import { jobListApi } from './job-list/api.ts'
import { jobAdmin } from './job-list/admin.ts'
import { redirectApi } from './redirects/api.ts'
import { redirectAdmin } from './redirects/admin.ts'
import { registrationPages } from './registrations/pages.ts'
import { roleAdmin } from './roles/admin.ts'
import { roleApi } from './roles-api/api.ts'
import { searchPages } from './search/pages.ts'
import { secondFactorPages } from './second-factor/pages.ts'
import { leadToSecondFactor } from './second-factor/require-factor.ts'
import { sessionPages } from './sessions/pages.ts'
import { seriesApi } from './series/api.ts'
import { sessionApi } from './session-list/api.ts'
import { sessionListPages } from './session-list/pages.ts'
import { seriesPages } from './series/pages.ts'
import { seriesListAdmin } from './series-list/admin.ts'
import { readSession } from './sessions/read-session.ts'
import { settingsAdmin } from './settings/admin.ts'
import { settingsApi } from './settings-api/api.ts'
import type { CurrentSettings } from './settings/current.ts'
import { framePages } from './settings/page.ts'
import { setupPages } from './setup/pages.ts'
import { sitemapPages } from './sitemap/pages.ts'
import { statsApi } from './stats/api.ts'
import { subscriptionPages } from './subscriptions/pages.ts'
import { tagListAdmin } from './tag-list/admin.ts'
import { tagApi } from './tags/api.ts'
import { tagPages } from './tags/pages.ts'
import { titlePicturePages } from './title-pictures/pages.ts'
import { appearanceAdmin } from './themes/admin.ts'
import { themePages } from './themes/pages.ts'
import { userPages } from './users/pages.ts'
import { userApi } from './users-api/api.ts'
import { wellKnownPages } from './well-known/pages.ts'

export type Parts = {
  config: Config
  database: Database
  settings: CurrentSettings
  /** Readers' pages in memory; without it each is made anew. */
  pages?: Pages
  /** Standbys that answer readers. */
  replicas?: Replicas
  store: MediaStore
  logger: FastifyBaseLogger
  /** True from the moment the process was told to stop. */
  isLeaving?: () => boolean
  metrics?: Metrics
  /** Who does what is asked of the API, for a command: no token is looked at. */
  operator?: Visitor
  /** Another way to the services that people sign in by. */
  fetcher?: Fetcher
}

export function newServer(parts: Parts): App {
  const { config, database, settings, store, logger, isLeaving = () => false } = parts
  const metrics = parts.metrics ?? newMetrics()
  const errors = errorReporter(config.sentryDsn, config.environment, logger)
  const app = newApp({ db: database.db, config, logger, errors })

  plainAddresses(app)
  logRequests(app)
  measureRequests(app, metrics)
  securityHeaders(app)
  refuseCrossOriginWrites(app)
  readSession(app)
  leadToSecondFactor(app)
  refuseUnstorableText(app)
  countForModerators(app)
  framePages(app, settings)
  if (parts.pages) keepPages(app, { ...parts.pages, metrics, logger })
  if (parts.replicas) readFromReplicas(app, parts.replicas, parts.pages?.watch)
  handleErrors(app, elsewhereOn(app, settings))

  assetFiles(app, { metrics, logger })
  themePages(app, settings)
  healthPages(app, database.reader, isLeaving)
  metricsPage(app, metrics, false)
  legacyAddresses(app)

  postPages(app, settings)
  commentPages(app, settings)
  reactionPages(app, settings)
  archivePages(app)
  commentReportPages(app)
  guestPages(app, settings)
  moderationLogPages(app, settings)
  const { liveStreams, liveStreamsPerNetwork } = config
  const hub = openHub(database, logger, { streams: liveStreams, ofNetwork: liveStreamsPerNetwork })
  app.addHook('preClose', () => hub.close())
  livePages(app, settings, hub)
  tagPages(app)
  seriesPages(app)
  searchPages(app, settings)
  feedPages(app, settings)
  sitemapPages(app)
  oembedPages(app, settings)
  wellKnownPages(app, settings)
  linkPages(app)
  mediaPages(app, store)
  titlePicturePages(app, settings, store)
  userPages(app)
  subscriptionPages(app)
  sessionPages(app)
  const origin = config.siteUrl.origin
  const providers = askProviders(parts.fetcher ?? newFetcher({ allow: config.outboundAllow, origin }))
  oauthPages(app, settings, providers)
  connectionPages(app, providers)
  halfSignInPages(app)
  sessionListPages(app)
  secondFactorPages(app, settings)
  registrationPages(app, settings)
  passwordPages(app)
  personalDataPages(app, settings)
  invitationPages(app)
  emailChangePages(app)
  setupPages(app, settings)

  dashboardAdmin(app)
  postListAdmin(app)
  postChangeAdmin(app)
  calendarAdmin(app)
  postAdmin(app)
  editorAdmin(app)
  authorAdmin(app)
  draftAdmin(app)
  linkAdmin(app)
  revisionAdmin(app)
  scheduleAdmin(app, settings)
  binAdmin(app)
  moderationAdmin(app)
  commentRulesAdmin(app, settings)
  banAdmin(app)
  moderationLogAdmin(app)
  commentAdmin(app)
  tagListAdmin(app)
  seriesListAdmin(app)
  redirectAdmin(app)
  jobAdmin(app)
  mediaAdmin(app, store)
  peopleAdmin(app)
  departureAdmin(app)
  personalDataAdmin(app, settings)
  invitationAdmin(app)
  roleAdmin(app)
  groupAdmin(app)
  permissionAdmin(app)
  auditAdmin(app)
  appearanceAdmin(app, settings)
  settingsAdmin(app, settings)
  accountSafetyAdmin(app)
  machineSettingsAdmin(app, settings)
  importAdmin(app)
  tokenAdmin(app)

  restApi(app, parts.operator, (register) => {
    postApi(app, register)
    userApi(app, register)
    accountApi(app, settings, register)
    sessionApi(app, register)
    departureApi(app, register)
    personalDataApi(app, settings, register)
    invitationApi(app, register)
    roleApi(app, register)
    groupApi(app, register)
    settingsApi(app, register, settings)
    importApi(app, register)
    statsApi(app, register)
    auditApi(app, register)
    draftApi(app, register)
    revisionApi(app, register)
    commentApi(app, settings, register)
    moderationApi(app, settings, register)
    banApi(app, register)
    redirectApi(app, register)
    jobListApi(app, register)
    tagApi(app, register)
    seriesApi(app, register)
    mediaApi(app, store, register)
  })
  legacyApi(app, settings)
  return app
}

type AdminParts = Pick<Parts, 'config' | 'database' | 'logger' | 'isLeaving'>

/** The operator's listener: what must not be public. */
export function newAdminServer(
  { config, database, logger, isLeaving = () => false }: AdminParts,
  metrics: Metrics,
): App {
  const app = newApp({ db: database.db, config, logger, errors: () => {} })
  healthPages(app, database.reader, isLeaving)
  metricsPage(app, metrics, true)
  return app
}
