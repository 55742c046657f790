import { paths } from '../paths.ts'
import { assetPath } from './assets.ts'
import type { Html } from './jsx-runtime.ts'
import type { Page } from './page.ts'
import { Wordmark } from './wordmark.tsx'

type LayoutProps = {
  page: Page
  title?: string
  description?: string
  /** Pages for people who are signed in, and for machines to leave alone. */
  isPrivate?: boolean
  canonical?: string
  /** The page whose heading is the blog's title already. */
  isFront?: boolean
  /** A file of public/ or a bundle of browser/ that the page is better with; its door calls allowScripts(). */
  script?: string
  /** A stylesheet of public/ besides the one of every page. */
  style?: string
  children?: unknown
}

export function Layout({
  page,
  title,
  description,
  isPrivate,
  canonical,
  isFront,
  script,
  style,
  children,
}: LayoutProps): Html {
  const { site } = page
  const about = description ?? site.description
  return (
    <html lang={site.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title ? `${title} – ${site.title}` : site.title}</title>
        {about && <meta name="description" content={about} />}
        {isPrivate && <meta name="robots" content="noindex" />}
        {canonical && <link rel="canonical" href={canonical} />}
        <link rel="stylesheet" href={assetPath('style.css')} />
        {style && <link rel="stylesheet" href={assetPath(style)} />}
        <link rel="icon" href={assetPath('favicon.svg')} type="image/svg+xml" />
        {script && <script type="module" src={assetPath(script)} />}
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to the text
        </a>
        <header class="top">
          {!isFront && (
            <a class="site" href={paths.home()}>
              {site.title}
            </a>
          )}
          <Menu page={page} />
        </header>
        <main id="content">{children as string}</main>
        <footer class="bottom">
          <p>
            Written with <Wordmark />
          </p>
        </footer>
      </body>
    </html>
  )
}

/** Moderators' and writers' pages: the same frame with the notices an owner should see. */
export function AdminLayout({ page, title, script, style, children }: LayoutProps): Html {
  return (
    <Layout page={page} {...(title && { title })} {...(script && { script })} {...(style && { style })} isPrivate>
      {page.notice && page.visitor?.isOwner && (
        <p class="notice" role="note">
          {page.notice}
        </p>
      )}
      {children as string}
    </Layout>
  )
}

function Menu({ page: { visitor, canRegister, path, site } }: { page: Page }): Html {
  if (!site.isSetUp) return <></>
  return (
    <nav class="menu" aria-label="Account">
      {visitor ? (
        <>
          {visitor.canWrite && <MenuLink href={paths.admin.posts()} path={path} text="Posts" />}
          {visitor.canWrite && <MenuLink href={paths.admin.newPost()} path={path} text="Write" />}
          {visitor.isOwner && <MenuLink href={paths.admin.imports()} path={path} text="Imports" />}
          {visitor.isOwner && <MenuLink href={paths.admin.settings()} path={path} text="Settings" />}
          <MenuLink href={paths.profile()} path={path} text={visitor.name} />
          <form method="post" action={paths.signOut()}>
            <button>Sign out</button>
          </form>
        </>
      ) : (
        <>
          <MenuLink href={paths.signIn()} path={path} text="Sign in" />
          {canRegister && <MenuLink href={paths.register()} path={path} text="Register" />}
        </>
      )}
    </nav>
  )
}

function MenuLink({ href, path, text }: { href: string; path: string; text: string }): Html {
  return (
    <a href={href} aria-current={path.split('?', 1)[0] === href ? 'page' : undefined}>
      {text}
    </a>
  )
}
