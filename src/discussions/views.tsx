// The comments below a post.
import { Day, ZonedMinute, isKnown } from '../html/date.tsx'
import { trapName } from '../comment-rules/form-mark.ts'
import { CheckBox, Field, type FormState, FormErrors, TextArea } from '../html/form.tsx'
import { type Html, trustedHtml } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, spokenIn, text } from '../texts/texts.ts'
import { wordsFor } from '../live/words.ts'
import { type Where, writePlace } from './discussion.ts'
import type { Discussion, ListedComment } from './queries.ts'

// The widest page indents no further.
const deepestIndent = 8

/** The form's key and when it was made, or why there is none. */
export type Commenting =
  | { key: string; mark: string; hasAddress: boolean; guest?: 'new' | 'known' }
  | { reason: 'signed-out' | 'closed' }
  | { reason: 'banned'; sentence: string }

type Props = {
  page: Page
  slug: string
  where: Where
  discussion: Discussion
  commenting: Commenting
  /** The form as it was filled in. */
  form?: FormState | undefined
  /** The comment on this page that is to be answered. */
  replyTo?: number | undefined
  /** Those who wrote the post. */
  author_ids: (number | null)[]
  mayHandle: (comment: ListedComment) => boolean
  mayModerate: boolean
  isOwn: (comment: ListedComment) => boolean
  /** A comment was named that is not here. */
  isMissing: boolean
  /** What the page has seen, where its script follows what comes. */
  live?: string | undefined
  /** Everybody may read what moderators decided. */
  hasLog: boolean
}

export function Comments(props: Props): Html {
  const { page, slug, where, discussion, commenting, form, replyTo, isMissing, live } = props
  const { comments, newer, older } = discussion
  const isFirst = where.after === undefined && newer === undefined
  const isWhole = isFirst && older === undefined
  const count = comments.filter(({ shown }) => shown === 'whole').length
  const shown = shownFor(props)
  const listed = comments.map((comment, index) => shown(comment, comments[index - 1]?.id))
  return (
    <section class="comments" aria-labelledby="comments">
      <h2 id="comments" data-whole={live !== undefined && isWhole} {...spokenIn(page.site.language)}>
        {isWhole ? text('comments.headingWithCount', { count }) : text('comments.heading')}
      </h2>
      {isMissing && <p class="notice">{text('comments.notHere')}</p>}
      {replyTo !== undefined || (!isFirst && !form) ? (
        <p class="quiet">
          <a href={`${paths.post(slug)}#comments`}>{text('comments.writeNew')}</a>
        </p>
      ) : (
        <CommentForm page={page} slug={slug} commenting={commenting} form={form} />
      )}
      {comments.length === 0 ? (
        <p class="quiet" data-none={live !== undefined}>
          {isFirst ? text('comments.none') : text('comments.nothingFurther')}
        </p>
      ) : (
        live === undefined && <ol class="thread">{listed}</ol>
      )}
      {live !== undefined && (
        <>
          <ol
            class="thread"
            data-live={paths.postComments(slug)}
            data-since={live}
            data-first={isFirst}
            data-last={older === undefined}
            data-words={wordsFor(page.site.language)}
          >
            {listed}
          </ol>
          <p class="fresh" role="status" />
        </>
      )}
      {(newer ?? older) && (
        <nav class="pager" aria-label={text('comments.pages')}>
          {newer && (
            <a rel="prev" href={`${paths.post(slug)}?before=${writePlace(newer)}#comments`}>
              {text('comments.later')}
            </a>
          )}
          {older && (
            <a rel="next" href={`${paths.post(slug)}?after=${writePlace(older)}#comments`}>
              {text('comments.earlier')}
            </a>
          )}
        </nav>
      )}
      {props.hasLog && (
        <p class="quiet">
          <a href={paths.moderationLog()}>{text('moderation.publicLogTitle')}</a>
        </p>
      )}
    </section>
  )
}

type SomeProps = Pick<Props, 'page' | 'slug' | 'commenting' | 'author_ids' | 'mayHandle' | 'mayModerate' | 'isOwn'> & {
  comments: ListedComment[]
}

/** Without a page around them, for the script that puts them in their places. */
export function SomeComments({ comments, ...props }: SomeProps): Html {
  return (
    <ol>
      {comments.map((comment) => (
        <Comment {...props} live="" comment={comment} above_id={comment.above_id ?? undefined} />
      ))}
    </ol>
  )
}

/**
 * Each comment as it is shown. What everybody sees of one is made once for what PostgreSQL says of it: with twenty of them it is a
 * tenth of a page.
 */
function shownFor(props: Props): (comment: ListedComment, above_id: number | undefined) => Html {
  const { page, slug, commenting, live, replyTo, author_ids, mayHandle, mayModerate, isOwn } = props
  const { language, timeZone } = page.site
  const around = `${slug} ${language} ${timeZone} ${'key' in commenting}`
  return (comment, above_id) => {
    const make = () => <Comment {...props} comment={comment} above_id={above_id} />
    const isForOne = mayModerate || live !== undefined || replyTo === comment.id || mayHandle(comment) || isOwn(comment)
    if (isForOne || comment.body.length + comment.body_html.length > longestKept) return make()
    const isAuthor = comment.author_id !== null && author_ids.includes(comment.author_id)
    const here = `${around} ${isAuthor} ${above_id === comment.parent_id}`
    const found = keptComments.get(comment.id)
    if (found && found.here === here && isSame(found.comment, comment)) return found.html
    const html = make()
    if (keptComments.size >= mostKept) keptComments.clear()
    keptComments.set(comment.id, { comment, here, html })
    return html
  }
}

const keptComments = new Map<number, { comment: ListedComment; here: string; html: Html }>()
const mostKept = 1000
const longestKept = 4000

/** But for its place, which is not shown. */
function isSame(one: ListedComment, other: ListedComment): boolean {
  return (
    one.body === other.body &&
    one.body_html === other.body_html &&
    one.body_format === other.body_format &&
    one.created_at.getTime() === other.created_at.getTime() &&
    one.edited_at?.getTime() === other.edited_at?.getTime() &&
    one.author_id === other.author_id &&
    one.author_name === other.author_name &&
    one.guest_id === other.guest_id &&
    one.parent_id === other.parent_id &&
    one.parent_author_name === other.parent_author_name &&
    one.state === other.state &&
    one.shown === other.shown &&
    one.level === other.level
  )
}

type CommentProps = Pick<
  Props,
  'page' | 'slug' | 'commenting' | 'form' | 'replyTo' | 'author_ids' | 'mayHandle' | 'mayModerate' | 'isOwn' | 'live'
> & {
  comment: ListedComment
  above_id: number | undefined
}

function Comment(props: CommentProps): Html {
  const { page, slug, comment, above_id, commenting, form, live, replyTo, author_ids, mayHandle } = props
  const { id, level, parent_id, shown, state } = comment
  const indent = level > 0 ? `reply level-${Math.min(level, deepestIndent)}` : undefined
  const place = live === undefined ? undefined : comment.place.toString('hex')
  if (shown === 'place') {
    return (
      <li id={`comment-${id}`} class={indent} data-place={place}>
        <p class="quiet">{state === 'approved' ? text('comments.deleted') : text('comments.takenDown')}</p>
      </li>
    )
  }
  const isAside = state !== 'approved'
  const mayAnswer = 'key' in commenting && !isAside
  const name = comment.author_name ?? text('comments.someone')
  return (
    <li id={`comment-${id}`} class={indent} data-place={place}>
      <p class="byline">
        {/* Without a link: who never published has no page. */}
        <bdi class="who">{name}</bdi>
        {comment.guest_id !== null && <span class="badge guest">{text('guests.badge')}</span>}
        {comment.author_id !== null && author_ids.includes(comment.author_id) && (
          <span class="badge">{text('comments.author')}</span>
        )}
        <a href={paths.comment(slug, id)}>
          {isKnown(comment.created_at) ? (
            <Day date={comment.created_at} language={page.site.language} />
          ) : (
            text('comments.link')
          )}
        </a>
        {comment.edited_at && <Edited page={page} date={comment.edited_at} />}
        {mayHandle(comment) && (
          <a class="action" href={paths.editComment(id)}>
            {text('comments.editOrDelete')}
          </a>
        )}
        {props.mayModerate && (
          // The queue from this one on.
          <a class="action" href={paths.admin.comments({ tab: 'all', post: slug, before: String(id + 1) })}>
            {text('moderation.inQueue')}
          </a>
        )}
      </p>
      {parent_id !== null && above_id !== parent_id && (
        <p class="answer quiet">
          <a href={paths.comment(slug, parent_id)}>
            {rich('comments.answerTo', { name: <bdi>{comment.parent_author_name ?? text('comments.someone')}</bdi> })}
          </a>
        </p>
      )}
      <Aside state={state} />
      <Said comment={comment} />
      {replyTo === id && 'key' in commenting ? (
        <CommentForm page={page} slug={slug} commenting={commenting} form={form} answered={{ id, name }} />
      ) : (
        !isAside && (
          <p class="answering">
            {mayAnswer && (
              <a rel="nofollow" href={paths.reply(slug, id)}>
                {text('comments.reply')}
              </a>
            )}
            {mayAnswer && (
              <a rel="nofollow" href={paths.quote(slug, id)}>
                {text('comments.quote')}
              </a>
            )}
            {!props.isOwn(comment) && (
              <a rel="nofollow" href={paths.commentReport(id, slug)}>
                {text('moderation.report')}
              </a>
            )}
          </p>
        )
      )}
    </li>
  )
}

/** Why others do not see a comment, told to who wrote it. */
export function Aside({ state }: { state: string }): Html {
  return (
    <>
      {state === 'waiting' && <p class="notice">{text('comments.waiting')}</p>}
      {state === 'hidden' && <p class="notice">{text('comments.hidden')}</p>}
      {state === 'spam' && <p class="notice">{text('comments.spam')}</p>}
    </>
  )
}

function Edited({ page, date }: { page: Page; date: Date }): Html {
  const { language, timeZone } = page.site
  return (
    <span {...spokenIn(language)}>
      {rich('comments.edited', { time: <ZonedMinute date={date} language={language} zone={timeZone} /> })}
    </span>
  )
}

/** Markdown as it was rendered, or plain text as it was typed: an empty line makes a paragraph. */
export function Said({ comment }: { comment: { body: string; body_format: string; body_html: string } }): Html {
  if (comment.body_format !== 'plain')
    return (
      <div class="said marked" dir="auto">
        {trustedHtml(comment.body_html)}
      </div>
    )
  return <Typed text={comment.body} />
}

export function Typed({ text }: { text: string }): Html {
  const paragraphs = text.trim().split(/(?:\r?\n){2,}/)
  return (
    <div class="said" dir="auto">
      {paragraphs.map((paragraph) => (
        <p>{paragraph}</p>
      ))}
    </div>
  )
}

type FormProps = {
  page: Page
  slug: string
  commenting: Commenting
  form?: FormState | undefined
  answered?: { id: number; name: string }
}

function CommentForm({ page, slug, commenting, form, answered }: FormProps): Html {
  if ('reason' in commenting) {
    if (commenting.reason === 'banned') return <p class="notice">{commenting.sentence}</p>
    if (commenting.reason === 'closed') return <p class="quiet">{text('comments.closed')}</p>
    const next = `${paths.post(slug)}#comments`
    const signin = (inside: Html) => <a href={paths.signIn(next)}>{inside}</a>
    const register = (inside: Html) => <a href={paths.register(next)}>{inside}</a>
    return (
      <p class="quiet">
        {page.canRegister
          ? rich('comments.signInOrRegister', { signin, register })
          : rich('comments.signIn', { signin })}
      </p>
    )
  }
  const target = answered ? 'reply' : 'comments'
  return (
    <form method="post" action={`${paths.postComments(slug)}#${target}`} class="comment-form" id={answered && 'reply'}>
      <FormErrors form={form} />
      <TextArea
        form={form}
        name="body"
        label={answered ? text('comments.replyTo', { name: answered.name }) : text('comments.body')}
        hint={text('comments.bodyHint')}
        rows={answered ? 6 : 4}
        required
        maxlength={32_768}
      />
      {commenting.guest === 'known' && <p class="quiet">{text('guests.known')}</p>}
      {commenting.guest === 'new' && (
        <>
          <p class="quiet">
            {rich('guests.haveAccount', {
              signin: (inside) => (
                <a href={paths.signIn(answered ? paths.reply(slug, answered.id) : `${paths.post(slug)}#comments`)}>
                  {inside}
                </a>
              ),
            })}
          </p>
          <Field
            form={form}
            name="guest_name"
            label={text('guests.name')}
            maxlength={128}
            autocomplete="name"
            required
          />
          <Field
            form={form}
            name="guest_email"
            type="email"
            label={text('guests.email')}
            hint={text('guests.emailHint')}
            maxlength={254}
            autocomplete="email"
            required
          />
        </>
      )}
      {answered && <input type="hidden" name="parent" value={String(answered.id)} />}
      <input type="hidden" name="submission_key" value={commenting.key} />
      {commenting.hasAddress && (
        <>
          <CheckBox form={form} name="tell_thread" label={text('subscriptions.tellThread')} isOn={false} />
          <CheckBox form={form} name="tell_post" label={text('subscriptions.tellPost')} isOn={false} />
        </>
      )}
      <input type="hidden" name="mark" value={form?.values?.mark ?? commenting.mark} />
      <p class="trap">
        <label>
          {text('moderation.trapLabel')} <input name={trapName} tabindex={-1} autocomplete="off" />
        </label>
      </p>
      <button>{text('comments.comment')}</button>{' '}
      {answered && <a href={paths.comment(slug, answered.id)}>{text('comments.cancel')}</a>}
    </form>
  )
}
