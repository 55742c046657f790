import { CheckBox, Field, type FormState, FormErrors, Select, TextArea } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import type { Settings } from '../settings/queries.ts'
import { rich, text } from '../texts/texts.ts'

type Props = { page: Page; settings: Settings; form?: FormState; message?: string; isSaved?: boolean }

export function RulesPage({ page, settings, form, message, isSaved }: Props): Html {
  return (
    <AdminLayout page={page} title={text('moderation.rulesTitle')}>
      <section class="narrow">
        <h1>{text('moderation.rulesTitle')}</h1>
        <p class="quiet">
          {rich('moderation.rulesElsewhere', {
            queue: (inside) => <a href={paths.admin.comments()}>{inside}</a>,
            settings: (inside) => <a href={paths.admin.settings()}>{inside}</a>,
          })}
        </p>
        {isSaved && (
          <p class="done" role="status">
            {text('moderation.saved')}
          </p>
        )}
        <FormErrors form={form} message={message} />
        <form method="post" action={paths.admin.commentRules()}>
          <Select
            form={form}
            name="comments_wait"
            label={text('moderation.wait')}
            hint={text('moderation.waitHint')}
            value={settings.comments_wait}
            options={{
              none: text('moderation.waitNone'),
              first: text('moderation.waitFirst'),
              every: text('moderation.waitEvery'),
            }}
          />
          <Field
            form={form}
            name="comment_links_wait"
            label={text('moderation.links')}
            hint={text('moderation.linksHint')}
            value={String(settings.comment_links_wait)}
            maxlength={3}
          />
          <TextArea
            form={form}
            name="comment_words_wait"
            label={text('moderation.wordsWait')}
            hint={text('moderation.wordsHint')}
            value={settings.comment_words_wait}
            rows={5}
            maxlength={10_000}
          />
          <TextArea
            form={form}
            name="comment_words_spam"
            label={text('moderation.wordsSpam')}
            hint={text('moderation.wordsSpamHint')}
            value={settings.comment_words_spam}
            rows={5}
            maxlength={10_000}
          />
          <Field
            form={form}
            name="spam_check_address"
            label={text('moderation.checkAddress')}
            hint={text('moderation.checkAddressHint')}
            value={settings.spam_check_address}
            maxlength={500}
          />
          <Field
            form={form}
            name="spam_check_key"
            type="password"
            label={text('moderation.checkKey')}
            hint={settings.spam_check_key === '' ? text('moderation.checkKeyHint') : text('moderation.checkKeyKept')}
            autocomplete="off"
            maxlength={200}
          />
          <CheckBox
            form={form}
            name="guests_may_comment"
            label={text('guests.mayComment')}
            isOn={settings.guests_may_comment}
          />
          <CheckBox
            form={form}
            name="moderation_log_is_public"
            label={text('moderation.logIsPublic')}
            isOn={settings.moderation_log_is_public}
          />
          <input type="hidden" name="version" value={String(settings.version)} />
          <button>{text('moderation.save')}</button>
        </form>
      </section>
    </AdminLayout>
  )
}
