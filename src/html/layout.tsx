import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'
import { assetPath } from './assets.ts'
import { DeskWords } from './desk-words.tsx'
import { directionOf } from './direction.ts'
import { feedTypes } from './feed-types.ts'
import { InlineStyle } from './inline-style.ts'
import type { Html } from './jsx-runtime.ts'
import type { Look, Page, TeamSection } from './page.ts'
import { Wordmark } from './wordmark.tsx'

type LayoutProps = {
  page: Page
  title?: string
  description?: string
  /** Pages for people who are signed in, and for machines to leave alone. */
  isPrivate?: boolean
  /** For machines to leave alone, though anybody may open it. */
  isUnlisted?: boolean
  canonical?: string
  /** What other sites show of the page where somebody links to it. */
  card?: Card
  /** The address of the page that there are feeds of, empty for the blog. */
  feedOf?: string
  /** The page whose heading is the blog's title already. */
  isFront?: boolean
  /** The page to search from. */
  isSearch?: boolean
  /** A file of public/ or a bundle of browser/ that the page is better with; its door calls allowScripts(). */
  script?: string
  /** A page of the writers' desk, which has a menu and a stylesheet of its own. */
  isDesk?: boolean
  /** What the page has for machines alone, in its head. */
  head?: Html
  /** A private page that readers meet as well: it looks as theirs do. */
  isThemed?: boolean
  /** A stylesheet of public/ besides the one of every page. */
  style?: string
  children?: unknown
}

/** Whole addresses. */
export type Card = {
  url: string
  published: Date | null
  image: { address: string; alt: string; width?: number; height?: number }
}

type AdminLayoutProps = LayoutProps & {
  /** A page that can be walked through by keys: loads desk.js, so its door calls allowScripts(). */
  hasKeys?: boolean
  /** A page that says how the installation stands. Elsewhere the notice would be in the way of the work. */
  hasNotice?: boolean
}

export function Layout({
  page,
  title,
  description,
  isPrivate,
  isUnlisted,
  canonical,
  card,
  feedOf,
  isFront,
  isSearch,
  script,
  isDesk,
  isThemed = !isDesk && !isPrivate,
  style,
  head,
  children,
}: LayoutProps): Html {
  const { site } = page
  const about = description || (title ? `${title} – ${site.title}` : site.description || site.title)
  const { look } = site
  return (
    <html lang={site.language} dir={directionOf(site.language)}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={isThemed ? look.scheme : 'light dark'} />
        <title>{title ? `${title} – ${site.title}` : site.title}</title>
        <meta name="description" content={about} />
        {(isPrivate || isUnlisted) && <meta name="robots" content="noindex" />}
        {canonical && <link rel="canonical" href={canonical} />}
        {card && <CardWords card={card} site={site.title} title={title ?? site.title} about={about} />}
        {feedOf !== undefined &&
          Object.entries(feedTypes).map(([file, type]) => (
            <link rel="alternate" type={type} title={title ?? site.title} href={paths.feed(feedOf, file)} />
          ))}
        {(isFront || isSearch) && (
          <link
            rel="search"
            type="application/opensearchdescription+xml"
            title={site.title}
            href={paths.openSearch()}
          />
        )}
        <Style look={isThemed ? look : undefined} />
        {isDesk && <link rel="stylesheet" href={assetPath('desk.css')} />}
        {style && <link rel="stylesheet" href={assetPath(style)} />}
        <link rel="icon" href={assetPath('favicon.svg')} type="image/svg+xml" />
        {head}
        {script && <script type="module" src={assetPath(script)} />}
      </head>
      <body>
        <a class="skip" href="#content">
          {text('html.skip')}
        </a>
        <header class="top">
          <Home page={page} isFront={isFront} />
          <SiteMenu page={page} />
          <Menu page={page} isDesk={isDesk} />
        </header>
        <main id="content">{children as string}</main>
        <footer class="bottom">
          {!isDesk && <FooterWords page={page} />}
          {!isDesk && site.isSetUp && (
            <p>
              <a href={paths.feed('', 'atom.xml')}>{text('feeds.ofBlog')}</a>
            </p>
          )}
          <p>{rich('html.writtenWith', { name: <Wordmark /> })}</p>
        </footer>
      </body>
    </html>
  )
}

/** Pages of the desk and of accounts have Bloggy's own, whatever the theme: there one can always read, and go back. */
function Style({ look }: { look: Look | undefined }): Html {
  if (look?.inline === undefined) return <link rel="stylesheet" href={look?.stylesheet ?? assetPath('style.css')} />
  return (
    <>
      <InlineStyle css={look.inline} />
      {/* Links of a look that is tried out lead nowhere: the frame may open no window. */}
      <base target="_blank" />
    </>
  )
}

/** The way to the front page. There the title is the heading, so only the logo is left. */
function Home({ page: { site }, isFront }: { page: Page; isFront: boolean | undefined }): Html {
  const { logo, showsTitle } = site.look
  if (isFront && !logo) return <></>
  const isAlone = isFront || !showsTitle
  return (
    <a class="site" href={paths.home()}>
      {logo && (
        <img
          class="logo"
          src={logo.src}
          width={logo.width}
          height={logo.height}
          alt={isAlone ? logo.alt || site.title : ''}
        />
      )}
      {!isAlone && site.title}
    </a>
  )
}

function FooterWords({ page: { path, site } }: { page: Page }): Html {
  const { footer, footerMenu } = site.look
  return (
    <>
      {footerMenu.length > 0 && (
        <nav class="menu pages" aria-label={text('themes.footerMenu')}>
          {footerMenu.map(({ words, address }) => (
            <MenuLink href={address} path={path} text={words} />
          ))}
        </nav>
      )}
      {footer && (
        <p class="about" dir="auto">
          {footer}
        </p>
      )}
    </>
  )
}

type CardWordsProps = { card: Card; site: string; title: string; about: string }

/** Open Graph: https://ogp.me/. Twitter reads it, too, but for the kind of card. */
function CardWords({ card: { url, published, image }, site, title, about }: CardWordsProps): Html {
  return (
    <>
      <meta property="og:type" content="article" />
      <meta property="og:site_name" content={site} />
      <meta property="og:title" content={title} />
      <meta property="og:description" content={about} />
      <meta property="og:url" content={url} />
      {published && <meta property="article:published_time" content={published.toISOString()} />}
      <meta property="og:image" content={image.address} />
      {image.width && <meta property="og:image:width" content={String(image.width)} />}
      {image.height && <meta property="og:image:height" content={String(image.height)} />}
      <meta property="og:image:alt" content={image.alt} />
      <meta name="twitter:card" content="summary_large_image" />
    </>
  )
}

/** Moderators' and writers' pages: the same frame with the way around the desk. */
export function AdminLayout({ page, title, script, style, hasKeys, hasNotice, children }: AdminLayoutProps): Html {
  const file = script ?? (hasKeys ? 'desk.js' : undefined)
  return (
    <Layout
      page={page}
      {...(title && { title })}
      {...(file && { script: file })}
      {...(style && { style })}
      isDesk
      isPrivate
    >
      <DeskMenu page={page} />
      {hasNotice && page.notice && page.visitor?.isOwner && (
        <p class="notice" role="note">
          {page.notice}
        </p>
      )}
      {children as string}
      {file === 'desk.js' && <DeskWords />}
    </Layout>
  )
}

function SiteMenu({ page: { path, site } }: { page: Page }): Html {
  if (site.menu.length === 0) return <></>
  return (
    <nav class="menu pages" aria-label={text('html.blog')}>
      {site.menu.map(({ words, address }) => (
        <MenuLink href={address} path={path} text={words} />
      ))}
    </nav>
  )
}

function DeskMenu({ page: { visitor, path } }: { page: Page }): Html {
  const team = visitor?.team ?? []
  if (!visitor || (!visitor.canWrite && visitor.toModerate === undefined && team.length === 0)) return <></>
  const moderation = (
    <MenuLink href={paths.admin.comments()} path={path} text={text('moderation.menu')} count={visitor.toModerate} />
  )
  if (!visitor.canWrite) {
    return (
      <nav class="menu desk" aria-label={text('html.desk')}>
        {visitor.toModerate !== undefined && moderation}
        <TeamLink team={team} path={path} />
      </nav>
    )
  }
  return (
    <nav class="menu desk" aria-label={text('html.desk')}>
      <MenuLink href={paths.admin.dashboard()} path={path} text={text('html.dashboard')} />
      <MenuLink href={paths.admin.posts()} path={path} text={text('html.posts')} />
      <MenuLink href={paths.admin.calendar()} path={path} text={text('html.calendar')} />
      <MenuLink
        href={paths.admin.tags()}
        path={isAt(paths.admin.allSeries(), path) ? paths.admin.tags() : path}
        text={text('archive.tags')}
      />
      <MenuLink href={paths.admin.media()} path={path} text={text('html.media')} />
      {visitor.toModerate !== undefined && moderation}
      <MenuLink href={paths.admin.bin()} path={path} text={text('html.bin')} />
      <TeamLink team={team} path={path} />
      {visitor.isOwner && <MenuLink href={paths.admin.imports()} path={path} text={text('html.imports')} />}
      {visitor.isOwner && <MenuLink href={paths.admin.appearance()} path={path} text={text('themes.appearance')} />}
      {visitor.isOwner && (
        <MenuLink
          href={paths.admin.settings()}
          path={settingsPlaces.some((place) => isAt(place, path)) ? paths.admin.settings() : path}
          text={text('html.settings')}
        />
      )}
    </nav>
  )
}

/** Pages of the settings that do not lie below them. */
const settingsPlaces = [paths.admin.redirects(), paths.admin.jobs()]

/** Where each of the pages about people lies. */
export const teamPaths: Record<TeamSection, string> = {
  people: paths.admin.people(),
  invitations: paths.admin.invitations(),
  roles: paths.admin.roles(),
  permissions: paths.admin.permissions(),
  audit: paths.admin.audit(),
}

/** One entry for all of them: the pages themselves lead to each other. */
function TeamLink({ team, path }: { team: TeamSection[]; path: string }): Html {
  const [first] = team
  if (!first) return <></>
  const isHere = Object.values(teamPaths).some((place) => isAt(place, path))
  return <MenuLink href={teamPaths[first]} path={isHere ? teamPaths[first] : path} text={text('team.menu')} />
}

/** The page itself, with whatever query, or one that lies below it. */
function isAt(place: string, path: string): boolean {
  return path === place || (path.startsWith(place) && /^[/?]/.test(path.slice(place.length)))
}

function Menu({ page, isDesk }: { page: Page; isDesk?: boolean | undefined }): Html {
  const { visitor, canRegister, path, site } = page
  if (!site.isSetUp) return <></>
  return (
    <nav class="menu" aria-label={text('html.account')}>
      <MenuLink href={paths.search()} path={path} text={text('search.menu')} />
      {visitor ? (
        <>
          {visitor.canWrite && !isDesk && (
            <MenuLink href={paths.admin.dashboard()} path={path} text={text('html.dashboard')} />
          )}
          {visitor.canWrite && <MenuLink href={paths.admin.newPost()} path={path} text={text('html.write')} />}
          <MenuLink href={paths.profile()} path={path} text={visitor.name} />
          <form method="post" action={paths.signOut()}>
            <button>{text('html.signOut')}</button>
          </form>
        </>
      ) : (
        <>
          <MenuLink href={paths.signIn(page.next)} path={path} text={text('html.signIn')} />
          {canRegister && <MenuLink href={paths.register(page.next)} path={path} text={text('html.register')} />}
        </>
      )}
    </nav>
  )
}

function MenuLink({
  href,
  path,
  text,
  count,
}: {
  href: string
  path: string
  text: string
  count?: string | undefined
}): Html {
  return (
    <a href={href} aria-current={currency(href, path.split('?', 1)[0] ?? '')}>
      {text}
      {count && <span class="count">{count}</span>}
    </a>
  )
}

/** The page itself, or one that lies below it. Everything of the desk lies below the dashboard, so that does not count. */
function currency(address: string, path: string): 'page' | 'true' | undefined {
  const href = address.split('?', 1)[0] ?? ''
  if (path === href) return 'page'
  const isBelow = path.startsWith(`${href}/`) && href !== paths.admin.dashboard() && path !== paths.admin.newPost()
  return isBelow ? 'true' : undefined
}
