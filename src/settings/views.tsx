import { CheckBox, Field, type FormState, FormErrors, Select, TextArea } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'
import type { Settings } from './queries.ts'
import { SettingsLayout } from './settings-layout.tsx'

type SettingsProps = { page: Page; settings: Settings; form?: FormState; message?: string; isSaved?: boolean }

export function SettingsPage({ page, settings, form, message, isSaved }: SettingsProps): Html {
  return (
    <SettingsLayout page={page} section="blog" title={text('settings.title')} hasNotice>
      <section class="narrow">
        <h1>{text('settings.title')}</h1>
        {isSaved && (
          <p class="done" role="status">
            {text('settings.saved')}
          </p>
        )}
        <FormErrors form={form} message={message} />
        <form method="post" action={paths.admin.settings()}>
          <Field
            form={form}
            name="title"
            label={text('settings.blogTitle')}
            value={settings.title}
            maxlength={100}
            required
          />
          <Field
            form={form}
            name="description"
            label={text('settings.description')}
            value={settings.description}
            maxlength={300}
          />
          <Field
            form={form}
            name="language"
            label={text('settings.language')}
            hint={text('settings.languageHint')}
            value={settings.language}
            maxlength={20}
            required
          />
          <Field
            form={form}
            name="time_zone"
            label={text('settings.timeZone')}
            hint={text('settings.timeZoneHint')}
            value={settings.time_zone}
            maxlength={64}
            required
          />
          <TextArea
            form={form}
            name="menu"
            label={text('settings.menu')}
            hint={text('settings.menuHint')}
            value={settings.menu}
            rows={4}
            maxlength={2000}
          />
          <CheckBox
            form={form}
            name="registration_is_open"
            label={text('settings.registration')}
            isOn={settings.registration_is_open}
          />
          <CheckBox
            form={form}
            name="comments_are_open"
            label={text('settings.comments')}
            isOn={settings.comments_are_open}
          />
          <p class="hint">
            {rich('settings.commentRules', { link: (words) => <a href={paths.admin.commentRules()}>{words}</a> })}
          </p>
          <CheckBox
            form={form}
            name="comments_are_live"
            label={text('live.setting')}
            isOn={settings.comments_are_live}
          />
          <Field
            form={form}
            name="comment_edit_minutes"
            label={text('comments.editMinutes')}
            hint={text('comments.editMinutesHint')}
            value={String(settings.comment_edit_minutes)}
            maxlength={6}
          />
          <Field
            form={form}
            name="comments_close_after_days"
            label={text('comments.closeAfter')}
            hint={text('comments.closeAfterHint')}
            value={String(settings.comments_close_after_days)}
            maxlength={5}
          />
          <Select
            form={form}
            name="reactions"
            label={text('reactions.settingLabel')}
            hint={text('reactions.settingHint')}
            value={settings.reactions}
            options={{
              accounts: text('reactions.settingAccounts'),
              everyone: text('reactions.settingEveryone'),
              off: text('reactions.settingOff'),
            }}
          />
          <CheckBox
            form={form}
            name="related_posts_are_shown"
            label={text('reading.relatedSetting')}
            isOn={settings.related_posts_are_shown}
          />
          <input type="hidden" name="version" value={String(settings.version)} />
          <button>{text('settings.save')}</button>
        </form>
      </section>
    </SettingsLayout>
  )
}
