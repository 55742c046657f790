import type { FoundComment } from '../comments/queries.ts'
import { Said } from '../discussions/views.tsx'
import { type FormState, FormErrors, Select, TextArea } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { rich, text } from '../texts/texts.ts'
import { reportReasons } from './report.ts'

type Props = {
  page: Page
  comment: FoundComment
  form?: FormState
  /** Why this one may not report. */
  ban?: string | undefined
}

export function ReportPage({ page, comment, form, ban }: Props): Html {
  return (
    <Layout page={page} title={text('moderation.reportTitle')} isPrivate>
      <section class="narrow">
        <h1>{text('moderation.reportTitle')}</h1>
        <OnPost comment={comment} />
        <Said comment={comment} />
        {ban ? <p class="notice">{ban}</p> : <ReportFields comment={comment} form={form} />}
      </section>
    </Layout>
  )
}

function ReportFields({ comment, form }: { comment: FoundComment; form: FormState | undefined }): Html {
  return (
    <>
      <FormErrors form={form} />
      <form method="post" action={paths.commentReport(comment.id, comment.post_slug)}>
        <Select
          form={form}
          name="reason"
          label={text('moderation.reportReason')}
          options={Object.fromEntries(
            reportReasons.map((reason) => [reason, text('moderation.reason', { reason: reason.replace('-', '_') })]),
          )}
        />
        <TextArea
          form={form}
          name="words"
          label={text('moderation.reportWords')}
          hint={text('moderation.reportWordsHint')}
          rows={3}
          maxlength={1000}
        />
        <p class="quiet">{text('moderation.reportLead')}</p>
        <button>{text('moderation.reportSend')}</button>
      </form>
    </>
  )
}

export function ReportedPage({ page, comment, said }: { page: Page; comment: FoundComment; said: string }): Html {
  return (
    <Layout page={page} title={text('moderation.reportTitle')} isPrivate>
      <section class="narrow">
        <h1>{text('moderation.reportTitle')}</h1>
        <p class="done" role="status">
          {said}
        </p>
        <OnPost comment={comment} />
      </section>
    </Layout>
  )
}

function OnPost({ comment }: { comment: FoundComment }): Html {
  const post = <a href={paths.comment(comment.post_slug, comment.id)}>{titleOf({ title: comment.post_title })}</a>
  return <p class="quiet">{rich('comments.onPost', { post })}</p>
}
