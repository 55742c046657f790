import { Day } from '../html/date.tsx'
import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'
import { inGroups } from './codes.ts'

export type FactorPageProps = {
  page: Page
  /** One that is on. */
  factor: { confirmed_at: Date; codes_left: number } | undefined
  /** One that was begun here and waits for its first code. */
  secret: string | undefined
  canBegin: boolean
  hasPassword: boolean
  isNeeded: boolean
  next?: string
  isOff?: boolean
  beginForm?: FormState
  confirmForm?: FormState
  codesForm?: FormState
  endForm?: FormState
}

export function SecondFactorPage(props: FactorPageProps): Html {
  const { page, factor, secret, isNeeded, isOff } = props
  return (
    <Layout page={page} title={text('factor.title')} style="account.css" isPrivate>
      <section class="narrow">
        <h1>{text('factor.title')}</h1>
        {isOff && !factor && (
          <p class="done" role="status">
            {text('factor.isOff')}
          </p>
        )}
        {isNeeded && <p class="notice">{text('factor.needed')}</p>}
        {factor ? (
          <On {...props} factor={factor} />
        ) : secret ? (
          <Begun {...props} secret={secret} />
        ) : (
          <Off {...props} />
        )}
        <p class="quiet">
          <a href={paths.profile()}>{text('factor.toProfile')}</a>
        </p>
      </section>
    </Layout>
  )
}

function Off({ canBegin, hasPassword, beginForm, next = paths.home() }: FactorPageProps): Html {
  return (
    <>
      <p>{text('factor.about')}</p>
      {!canBegin ? (
        <p class="notice">{text('factor.noKey')}</p>
      ) : !hasPassword ? (
        <p class="notice">
          {rich('factor.noPassword', { link: (words) => <a href={paths.forgottenPassword()}>{words}</a> })}
        </p>
      ) : (
        <>
          <FormErrors form={beginForm} />
          <form method="post" action={paths.secondFactor()}>
            <PasswordField form={beginForm} />
            <input type="hidden" name="next" value={next} />
            <button>{text('factor.begin')}</button>
          </form>
        </>
      )}
    </>
  )
}

function Begun({ secret, confirmForm, next = paths.home() }: FactorPageProps & { secret: string }): Html {
  return (
    <>
      <ol class="steps">
        <li>
          <p>{text('factor.scan')}</p>
          <img class="qr" src={paths.secondFactorPicture()} width={240} height={240} alt={text('factor.picture')} />
          <p class="quiet">{text('factor.orType')}</p>
          <p>
            <code class="secret">{inGroups(secret)}</code>
          </p>
        </li>
        <li>
          <p>{text('factor.typeCode')}</p>
          <FormErrors form={confirmForm} />
          <form method="post" action={paths.secondFactorConfirmation()}>
            <CodeField form={confirmForm} hint={text('factor.firstCodeHint')} />
            <input type="hidden" name="next" value={next} />
            <button>{text('factor.turnOn')}</button>
          </form>
        </li>
      </ol>
      <p class="quiet">{text('factor.othersOut')}</p>
    </>
  )
}

function On({
  page,
  factor,
  codesForm,
  endForm,
}: FactorPageProps & { factor: NonNullable<FactorPageProps['factor']> }): Html {
  return (
    <>
      <p>
        {rich('factor.isOn', { since: <Day date={factor.confirmed_at} language={page.site.language} /> })}{' '}
        {text('factor.codesLeft', { count: factor.codes_left })}
      </p>
      <Proof
        heading={text('factor.newCodes')}
        note={text('factor.newCodesNote')}
        action={paths.recoveryCodes()}
        button={text('factor.makeCodes')}
        form={codesForm}
        prefix="codes"
      />
      <Proof
        heading={text('factor.turnOff')}
        note={text('factor.turnOffNote')}
        action={paths.secondFactorEnd()}
        button={text('factor.turnOffButton')}
        form={endForm}
        prefix="end"
      />
    </>
  )
}

type ProofProps = {
  heading: string
  note: string
  action: string
  button: string
  form: FormState | undefined
  prefix: string
}

/** Folded away, since both ask for the same. */
function Proof({ heading, note, action, button, form, prefix }: ProofProps): Html {
  return (
    <details class="proof" open={form !== undefined}>
      <summary>{heading}</summary>
      <p>{note}</p>
      <FormErrors form={form} />
      <form method="post" action={action}>
        <PasswordField form={form} id={`${prefix}-password`} />
        <CodeField form={form} id={`${prefix}-code`} />
        <button class="second">{button}</button>
      </form>
    </details>
  )
}

type ProofFieldProps = { form?: FormState | undefined; id?: string; hint?: string }

function PasswordField({ form, id }: ProofFieldProps): Html {
  return (
    <Field
      form={form}
      name="password"
      {...(id && { id })}
      label={text('factor.yourPassword')}
      type="password"
      autocomplete="current-password"
      maxlength={1024}
      required
    />
  )
}

function CodeField({ form, id, hint = text('factor.codeHint') }: ProofFieldProps): Html {
  return (
    <Field
      form={form}
      name="code"
      {...(id && { id })}
      label={text('factor.code')}
      hint={hint}
      autocomplete="one-time-code"
      maxlength={40}
      required
    />
  )
}

type CodesProps = { page: Page; codes: string[]; next: string; isNew: boolean }

/** Shown once: they are kept as hashes. */
export function RecoveryCodesPage({ page, codes, next, isNew }: CodesProps): Html {
  return (
    <Layout page={page} title={text('factor.codes')} style="account.css" isPrivate>
      <section class="narrow">
        <h1>{text('factor.codes')}</h1>
        {isNew && (
          <p class="done" role="status">
            {text('factor.nowOn')}
          </p>
        )}
        <p>{text('factor.codesNote')}</p>
        <ul class="codes">
          {codes.map((code) => (
            <li>
              <code>{code}</code>
            </li>
          ))}
        </ul>
        <p>
          <a class="button" href={next}>
            {text('factor.haveThem')}
          </a>
        </p>
      </section>
    </Layout>
  )
}
