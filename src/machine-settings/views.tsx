import { CheckBox, Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import type { Settings } from '../settings/queries.ts'
import { SettingsLayout } from '../settings/settings-layout.tsx'
import { text } from '../texts/texts.ts'

type MachineSettingsProps = { page: Page; settings: Settings; form?: FormState; message?: string; isSaved?: boolean }

export function MachineSettingsPage({ page, settings, form, message, isSaved }: MachineSettingsProps): Html {
  return (
    <SettingsLayout page={page} section="machines" title={text('machines.title')}>
      <section class="narrow">
        <h1>{text('machines.title')}</h1>
        <p>{text('machines.intro')}</p>
        {isSaved && (
          <p class="done" role="status">
            {text('machines.saved')}
          </p>
        )}
        <FormErrors form={form} message={message} />
        <form method="post" action={paths.admin.machineSettings()}>
          <Field
            form={form}
            name="hub_url"
            label={text('machines.hub')}
            hint={text('machines.hubHint')}
            type="url"
            value={settings.hub_url}
            maxlength={500}
          />
          <Field
            form={form}
            name="security_contact"
            label={text('machines.contact')}
            hint={text('machines.contactHint', { path: paths.securityContact() })}
            value={settings.security_contact}
            maxlength={300}
          />
          <CheckBox
            form={form}
            name="has_llms_txt"
            label={text('machines.llms', { path: paths.llms() })}
            isOn={settings.has_llms_txt}
          />
          <input type="hidden" name="version" value={String(settings.version)} />
          <button>{text('machines.save')}</button>
        </form>
      </section>
    </SettingsLayout>
  )
}
