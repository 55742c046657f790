import { dataBlock } from '../html/data-block.ts'
import { Field, type FormState, FormErrors, TextArea } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import type { Subscription } from '../subscriptions/queries.ts'
import { Subscriptions } from '../subscriptions/views.tsx'
import type { PostList } from '../reading-lists/queries.ts'
import { excerptOfText } from '../markdown/excerpt.ts'
import { aboutPosts } from '../posts/post.ts'
import { PostEntries } from '../posts/views.tsx'
import { ofAuthor } from '../structured-data/structured-data.ts'
import { text } from '../texts/texts.ts'
import { linksOf, shownLink } from './links.ts'
import type { Author } from './queries.ts'
import { longestAbout, shortestPassword } from './user.ts'

export function AuthorPage({
  page,
  author,
  list,
  isFirst,
  origin,
}: {
  page: Page
  author: Author
  list: PostList
  isFirst: boolean
  origin: string
}): Html {
  const path = paths.author(author.slug)
  const links = linksOf(author.links)
  return (
    <Layout
      page={page}
      title={author.name}
      description={author.about ? excerptOfText(author.about) : aboutPosts(list.posts)}
      feedOf={path}
      {...(isFirst && { canonical: origin + path })}
      head={dataBlock(ofAuthor({ ...author, links }, origin))}
    >
      <header class="intro h-card">
        <h1>
          <bdi class="p-name">{author.name}</bdi>
        </h1>
        <data class="u-url u-uid" value={origin + path} />
        {isFirst && author.about && (
          <div class="about" dir="auto">
            {author.about.split('\n\n').map((paragraph) => (
              <p>{paragraph}</p>
            ))}
          </div>
        )}
        {links.length > 0 && (
          <ul class="elsewhere" aria-label={text('machines.linksOf', { name: author.name })}>
            {links.map((link) => (
              <li>
                <a class="u-url" rel="me" href={link}>
                  {shownLink(link)}
                </a>
              </li>
            ))}
          </ul>
        )}
        <p class="tagline">{isFirst ? text('people.newestFirst') : text('posts.earlier')}</p>
      </header>
      <PostEntries
        list={list}
        page={page}
        showsAuthor={false}
        older={(before) => paths.author(author.slug, before)}
        {...(isFirst && { empty: <p class="empty">{text('people.nothingYet')}</p> })}
      />
    </Layout>
  )
}

type ProfileProps = {
  page: Page
  email: string | null
  roles: string[]
  about: string
  links: string
  mail: { subscriptions: Subscription[]; isTold: boolean }
  /** Whether people may sign in by other services. */
  hasServices: boolean
  form?: FormState
  isSaved?: boolean
}

export function ProfilePage({
  page,
  email,
  roles,
  about,
  links,
  mail,
  hasServices,
  form,
  isSaved,
}: ProfileProps): Html {
  return (
    <Layout page={page} title={text('people.profile')} isPrivate>
      <section class="narrow">
        <h1>{text('people.profile')}</h1>
        {isSaved && (
          <p class="done" role="status">
            {text('people.saved')}
          </p>
        )}
        <FormErrors form={form} />
        <form method="post" action={paths.profile()}>
          <Field
            form={form}
            name="name"
            label={text('people.name')}
            hint={text('people.nameHint')}
            value={page.visitor?.name ?? ''}
            autocomplete="name"
            maxlength={128}
            required
          />
          <TextArea
            form={form}
            name="about"
            label={text('people.about')}
            hint={text('people.aboutHint')}
            value={about}
            rows={5}
            maxlength={longestAbout}
          />
          {page.visitor?.canWrite && (
            <TextArea
              form={form}
              name="links"
              label={text('machines.links')}
              hint={text('machines.linksHint')}
              value={links}
              rows={3}
              maxlength={4000}
            />
          )}
          <button>{text('people.save')}</button>
        </form>
        <dl>
          <dt>{text('people.email')}</dt>
          <dd>{email ?? text('people.noEmail')}</dd>
          <dt>{text('people.roles', { count: roles.length })}</dt>
          <dd>{roles.join(', ') || text('people.reader')}</dd>
        </dl>
        <p>
          <a href={paths.password()}>{text('passwords.change')}</a>
          {' · '}
          <a href={paths.sessions()}>{text('factor.sessions')}</a>
          {' · '}
          <a href={paths.tokens()}>{text('tokens.title')}</a>
          {' · '}
          <a href={paths.secondFactor()}>{text('factor.title')}</a>
          {' · '}
          <a href={paths.ownData()}>{text('team.yourData')}</a>
          {hasServices && (
            <>
              {' · '}
              <a href={paths.connections()}>{text('oidc.manage')}</a>
            </>
          )}
          {page.visitor?.canWrite && (
            <>
              {' · '}
              <a href={paths.author(page.visitor.slug)}>{text('people.ownPage')}</a>
            </>
          )}
        </p>
        <Subscriptions {...mail} canWrite={page.visitor?.canWrite ?? false} hasEmail={email !== null} />
      </section>
    </Layout>
  )
}

type PersonFieldProps = { form?: FormState | undefined; label?: string; hint?: string }

/** The address somebody signs in with. */
export function EmailField({ label = text('people.email'), ...field }: PersonFieldProps): Html {
  return <Field {...field} name="email" label={label} type="email" autocomplete="username" maxlength={254} required />
}

export function NewPasswordField({
  label = text('people.password'),
  hint = text('people.passwordHint', { least: shortestPassword }),
  ...field
}: PersonFieldProps): Html {
  return (
    <Field
      {...field}
      name="password"
      label={label}
      hint={hint}
      type="password"
      autocomplete="new-password"
      maxlength={1024}
      required
    />
  )
}
