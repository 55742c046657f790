import { ZonedMinute } from '../html/date.tsx'
import { Field, type FormState, FormErrors, Select } from '../html/form.tsx'
import { type Html, trustedHtml } from '../html/jsx-runtime.ts'
import { AdminLayout, Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import type { Picture } from '../markdown/surroundings.ts'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { Article } from '../posts/views.tsx'
import { endless, lifetimes, longestNote } from './link.ts'
import type { LinkedPost, ListedLink } from './queries.ts'

type LinkedPostProps = { page: Page; post: LinkedPost; picture: Picture | null; body_html: string }

/** Nothing in it leads to the form of the post, or says who else may see it. */
export function LinkedPostPage({ page, post, picture, body_html }: LinkedPostProps): Html {
  const { kind, language, picture_url, picture_alt } = { ...post, ...post.draft_details }
  const shown = {
    ...post,
    kind,
    language,
    picture,
    picture_url,
    picture_alt,
    title: post.draft_title ?? post.title,
    tags: [],
  }
  const isDraft = !post.is_public || post.draft_title !== null
  return (
    <Layout page={page} title={titleOf(shown)} isUnlisted>
      <p class="notice" role="note">
        {isDraft ? 'A preview: this text is not on the blog as it stands here.' : 'You see this by a link of its own.'}
      </p>
      <Article page={page} post={{ ...shown, visibility: 'public' }}>
        {trustedHtml(body_html)}
      </Article>
    </Layout>
  )
}

type LinksProps = {
  page: Page
  post: { id: number; title: string }
  links: ListedLink[]
  /** Of the form, so that sending it twice makes one link. */
  key: string
  form?: FormState
  /** The one that was just made: it is shown this once. */
  made?: string
  /** The form was sent before. */
  isRepeated?: boolean
  mayManage: boolean
}

export function LinksPage({ page, post, links, key, form, made, isRepeated, mayManage }: LinksProps): Html {
  const { language, timeZone } = page.site
  return (
    <AdminLayout page={page} title={`Links to ${titleOf(post)}`} {...(made && { script: 'desk.js' })}>
      <p class="quiet">
        <a href={paths.admin.post(post.id)}>{titleOf(post)}</a>
      </p>
      <h1>Links for a preview</h1>
      {made && (
        <section class="notice" aria-labelledby="made">
          <p id="made">This is the link. It is shown only now:</p>
          <p>
            <a class="long" href={made} data-copy="">
              {made}
            </a>
          </p>
        </section>
      )}
      {isRepeated && (
        <p class="notice" role="status">
          This link was made already, and no second one now. It was shown once and is in the list below. If you did not
          keep it, take it back and make another.
        </p>
      )}
      <FormErrors form={form} />
      <p>
        Whoever has a link sees the post as it was saved last, published or not, without signing in. Search engines are
        told to leave it alone.
      </p>
      <form method="post" action={paths.admin.postLinks(post.id)}>
        <Field
          form={form}
          name="note"
          label="For whom"
          hint="To tell links apart in the list below; who has the link does not see it. May be empty."
          maxlength={longestNote}
        />
        <Select
          form={form}
          name="days"
          label="Good for"
          value="7"
          options={mayManage ? { ...lifetimes, ...endless } : lifetimes}
        />
        <input type="hidden" name="submission_key" value={key} />
        <button>Make a link</button>
      </form>
      {links.length === 0 ? (
        <p class="empty">No link to this post is good now.</p>
      ) : (
        <ul class="rows">
          {links.map(({ id, created_at, expires_at, by_name, note }) => (
            <li class="with-action">
              <span>
                {note && (
                  <>
                    <b>{note}</b>
                    <br />
                  </>
                )}
                Made <ZonedMinute date={created_at} language={language} zone={timeZone} />
                {by_name && ` by ${by_name}`}
              </span>
              <span class="quiet">
                {expires_at ? (
                  <>
                    Good until <ZonedMinute date={expires_at} language={language} zone={timeZone} />
                  </>
                ) : (
                  'Good until it is taken back'
                )}
              </span>
              <form method="post" action={paths.admin.postLinkEnd(post.id, id)}>
                <button class="second small" aria-label={note ? `Take it back: ${note}` : undefined}>
                  Take it back
                </button>
              </form>
            </li>
          ))}
        </ul>
      )}
    </AdminLayout>
  )
}
