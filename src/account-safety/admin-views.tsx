import type { Html } from '../html/jsx-runtime.ts'
import { FormErrors } from '../html/form.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { SettingsLayout } from '../settings/settings-layout.tsx'
import { rich, text } from '../texts/texts.ts'
import type { FactorRole } from './queries.ts'

type SafetyProps = { page: Page; roles: FactorRole[]; isSaved?: boolean; trouble?: string }

export function SafetySettingsPage({ page, roles, isSaved, trouble }: SafetyProps): Html {
  return (
    <SettingsLayout page={page} section="safety" title={text('factor.settings')}>
      <section class="narrow">
        <h1>{text('factor.settings')}</h1>
        {isSaved && (
          <p class="done" role="status">
            {text('settings.saved')}
          </p>
        )}
        <p>{text('factor.settingsNote')}</p>
        <FormErrors message={trouble} />
        {trouble && <p>{rich('factor.setUpYours', { link: (words) => <a href={paths.secondFactor()}>{words}</a> })}</p>}
        <form method="post" action={paths.admin.safetySettings()}>
          <fieldset>
            <legend>{text('factor.rolesThatNeed')}</legend>
            {roles.map((role) => (
              <p class="check">
                <label>
                  <input type="checkbox" name="roles" value={String(role.id)} checked={role.requires_second_factor} />{' '}
                  <bdi>{role.name}</bdi>{' '}
                  <span class="quiet">{text('factor.howMany', { have: role.have, all: role.all })}</span>
                </label>
              </p>
            ))}
          </fieldset>
          <button>{text('settings.save')}</button>
        </form>
      </section>
    </SettingsLayout>
  )
}
