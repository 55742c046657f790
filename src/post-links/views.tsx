import { ZonedMinute } from '../html/date.tsx'
import { Field, type FormState, FormErrors, Select } from '../html/form.tsx'
import { type Html, trustedHtml } from '../html/jsx-runtime.ts'
import { AdminLayout, Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import type { Picture } from '../markdown/surroundings.ts'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { Article } from '../posts/views.tsx'
import { rich, text } from '../texts/texts.ts'
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
        {isDraft ? text('postLinks.previewNote') : text('postLinks.linkNote')}
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
    <AdminLayout
      page={page}
      title={text('postLinks.titleOf', { post: titleOf(post) })}
      {...(made && { script: 'desk.js' })}
    >
      <p class="quiet">
        <a href={paths.admin.post(post.id)}>{titleOf(post)}</a>
      </p>
      <h1>{text('postLinks.heading')}</h1>
      {made && (
        <section class="notice" aria-labelledby="made">
          <p id="made">{text('postLinks.made')}</p>
          <p>
            <a class="long" href={made} data-copy="">
              {made}
            </a>
          </p>
        </section>
      )}
      {isRepeated && (
        <p class="notice" role="status">
          {text('postLinks.repeated')}
        </p>
      )}
      <FormErrors form={form} />
      <p>{text('postLinks.note')}</p>
      <form method="post" action={paths.admin.postLinks(post.id)}>
        <Field
          form={form}
          name="note"
          label={text('postLinks.forWhom')}
          hint={text('postLinks.forWhomHint')}
          maxlength={longestNote}
        />
        <Select
          form={form}
          name="days"
          label={text('postLinks.goodFor')}
          value="7"
          options={mayManage ? { ...lifetimes(), ...endless() } : lifetimes()}
        />
        <input type="hidden" name="submission_key" value={key} />
        <button>{text('postLinks.make')}</button>
      </form>
      {links.length === 0 ? (
        <p class="empty">{text('postLinks.none')}</p>
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
                <Made by_name={by_name} time={<ZonedMinute date={created_at} language={language} zone={timeZone} />} />
              </span>
              <span class="quiet">
                {expires_at
                  ? rich('postLinks.goodUntil', {
                      time: <ZonedMinute date={expires_at} language={language} zone={timeZone} />,
                    })
                  : text('postLinks.goodEndless')}
              </span>
              <form method="post" action={paths.admin.postLinkEnd(post.id, id)}>
                <button class="second small" aria-label={note ? text('postLinks.takeBackOf', { note }) : undefined}>
                  {text('postLinks.takeBack')}
                </button>
              </form>
            </li>
          ))}
        </ul>
      )}
    </AdminLayout>
  )
}

function Made({ by_name, time }: { by_name: string | null; time: Html }): Html {
  return by_name ? rich('postLinks.madeOnBy', { time, name: by_name }) : rich('postLinks.madeOn', { time })
}
