import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout, teamPaths } from '../html/layout.tsx'
import type { Page, TeamSection } from '../html/page.ts'
import { text } from '../texts/texts.ts'

type Props = { page: Page; section: TeamSection; title: string; done?: string | undefined; children?: unknown }

/** A page about people or rights: the way to the others above it, and what was just done. */
export function TeamLayout({ page, section, title, done, children }: Props): Html {
  const team = page.visitor?.team ?? []
  return (
    <AdminLayout page={page} title={title}>
      {team.length > 1 && (
        <nav class="tabs" aria-label={text('team.menu')}>
          {team.map((name) => (
            <a href={teamPaths[name]} aria-current={currency(page, section, name)}>
              {text('team.section', { name })}
            </a>
          ))}
        </nav>
      )}
      {done && (
        <p class="done" role="status">
          {done}
        </p>
      )}
      {children as string}
    </AdminLayout>
  )
}

function currency(page: Page, section: TeamSection, name: TeamSection): 'page' | 'true' | undefined {
  if (section !== name) return undefined
  return page.path.split('?', 1)[0] === teamPaths[name] ? 'page' : 'true'
}
