import { Minute } from '../html/date.tsx'
import { CheckBox } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'
import { placeOf } from './device.ts'
import type { ListedSession } from './queries.ts'
import { deviceWords } from './words.ts'

type SessionsProps = { page: Page; sessions: ListedSession[]; isTold: boolean; hasEmail: boolean; isSaved: boolean }

export function SessionsPage({ page, sessions, isTold, hasEmail, isSaved }: SessionsProps): Html {
  return (
    <Layout page={page} title={text('factor.sessions')} style="account.css" isPrivate>
      <section>
        <h1>{text('factor.sessions')}</h1>
        {isSaved && (
          <p class="done" role="status">
            {text('people.saved')}
          </p>
        )}
        <p>
          {rich('factor.sessionsNote', {
            password: (words) => <a href={paths.password()}>{words}</a>,
          })}
        </p>
        <Sessions sessions={sessions} language={page.site.language} />
        <form method="post" action={paths.sessionsEnd()} class="buttons">
          {sessions.length > 1 && (
            <button name="which" value="others">
              {text('factor.endOthers')}
            </button>
          )}
          <button name="which" value="all" class="second">
            {text('factor.endAll')}
          </button>
        </form>
        <h2>{text('factor.mail')}</h2>
        {hasEmail ? (
          <form method="post" action={paths.signInMail()}>
            <CheckBox name="is_told_of_sign_ins" label={text('factor.tellMe')} isOn={isTold} />
            <button>{text('people.save')}</button>
          </form>
        ) : (
          <p class="quiet">{text('factor.noAddress')}</p>
        )}
        <p class="quiet">
          <a href={paths.profile()}>{text('factor.toProfile')}</a>
        </p>
      </section>
    </Layout>
  )
}

function Sessions({ sessions, language }: { sessions: ListedSession[]; language: string }): Html {
  return (
    <ul class="rows">
      {sessions.map((session) => (
        <li class="with-action">
          <div>
            <strong>{deviceWords(session.user_agent)}</strong>{' '}
            {session.is_here && <span class="badge">{text('factor.thisOne')}</span>}
            <p class="quiet">
              {placeOf(session.ip) ?? text('factor.unknownPlace')}
              <br />
              {rich('factor.signedIn', { when: <Minute date={session.created_at} language={language} /> })}
              <br />
              {rich('factor.lastSeen', { when: <Minute date={session.last_seen_at} language={language} /> })}
            </p>
          </div>
          <form method="post" action={paths.sessionEnd(session.id)}>
            <button class="second small" aria-label={text('factor.endOf', { device: deviceWords(session.user_agent) })}>
              {text('factor.end')}
            </button>
          </form>
        </li>
      ))}
    </ul>
  )
}
