import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'
import { type ReactionKind, reactionKinds } from './reaction.ts'

export type Reacting = {
  /** By kind; what nobody chose is not there. */
  counts: Partial<Record<string, number>>
  mine: string | null
  /** False for who has to sign in first. */
  mayReact: boolean
  /** Who a stranger without a cookie will be. */
  guest?: string
}

/** What readers said of a post with one press: a form of buttons, each of which says what it wants. */
export function Reactions({ page, slug, reacting }: { page: Page; slug: string; reacting: Reacting }): Html {
  const { counts, mine, mayReact, guest } = reacting
  if (!mayReact) return <ReactionCounts page={page} slug={slug} counts={counts} />
  return (
    <section class="reactions" id="reactions" aria-label={text('reactions.title')}>
      <form method="post" action={paths.reaction(slug)}>
        {guest !== undefined && <input type="hidden" name="guest" value={guest} />}
        {reactionKinds.map((kind) => (
          <button name="reaction" value={kind === mine ? 'none' : kind} aria-pressed={kind === mine ? 'true' : 'false'}>
            <Reaction kind={kind} count={counts[kind]} />
          </button>
        ))}
      </form>
    </section>
  )
}

/** For who is to sign in first. */
function ReactionCounts({ page, slug, counts }: { page: Page; slug: string; counts: Reacting['counts'] }): Html {
  const next = `${paths.post(slug)}#reactions`
  const chosen = reactionKinds.filter((kind) => counts[kind])
  const signin = (inside: Html) => <a href={paths.signIn(next)}>{inside}</a>
  const register = (inside: Html) => <a href={paths.register(next)}>{inside}</a>
  return (
    <section class="reactions" id="reactions" aria-label={text('reactions.title')}>
      {chosen.length > 0 && (
        <ul>
          {chosen.map((kind) => (
            <li>
              <Reaction kind={kind} count={counts[kind]} />
            </li>
          ))}
        </ul>
      )}
      <p class="quiet">
        {page.canRegister
          ? rich('reactions.signInOrRegister', { signin, register })
          : rich('reactions.signIn', { signin })}
      </p>
    </section>
  )
}

const signs: Record<ReactionKind, string> = { like: '👍', love: '❤️', insight: '💡', thanks: '🙏' }
const words: Record<ReactionKind, () => string> = {
  like: () => text('reactions.like'),
  love: () => text('reactions.love'),
  insight: () => text('reactions.insight'),
  thanks: () => text('reactions.thanks'),
}

function Reaction({ kind, count }: { kind: ReactionKind; count: number | undefined }): Html {
  return (
    <>
      <span aria-hidden="true">{signs[kind]}</span> {words[kind]()}
      {count !== undefined && count > 0 && (
        <>
          {' '}
          {rich('reactions.count', {
            count,
            number: (inside) => <b>{inside}</b>,
            unseen: (inside) => <Unseen>{inside}</Unseen>,
          })}
        </>
      )}
    </>
  )
}

function Unseen({ children }: { children: Html }): Html {
  return <span class="unseen">{children}</span>
}
