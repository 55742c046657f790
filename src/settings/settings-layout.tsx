import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { text } from '../texts/texts.ts'

const places = {
  blog: paths.admin.settings(),
  safety: paths.admin.safetySettings(),
  machines: paths.admin.machineSettings(),
  redirects: paths.admin.redirects(),
  jobs: paths.admin.jobs(),
}
type Section = keyof typeof places

type Props = { page: Page; section: Section; title: string; hasNotice?: boolean; children?: unknown }

/** A page of settings: the way to the others above it. All of them are the owner's. */
export function SettingsLayout({ page, section, title, hasNotice, children }: Props): Html {
  return (
    <AdminLayout page={page} title={title} {...(hasNotice && { hasNotice })}>
      <nav class="tabs" aria-label={text('settings.title')}>
        {(Object.keys(places) as Section[]).map((name) => (
          <a href={places[name]} aria-current={name === section ? 'page' : undefined}>
            {text('settings.section', { name })}
          </a>
        ))}
      </nav>
      {children as string}
    </AdminLayout>
  )
}
