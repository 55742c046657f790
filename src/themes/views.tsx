import { CheckBox, Field, type FormState, FormErrors, Select, TextArea } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'
import { agreementOf, type Failure } from './contrast.ts'
import type { Refusal } from './custom-css.ts'
import { presets } from './presets.ts'
import type { ListedTheme } from './queries.ts'
import { type Scheme, type Trouble, mostCss, mostFooter, roles } from './theme.ts'
import { cornerWords, familyWords, lineWords, reasonWords, roleWords, schemeWords } from './words.ts'
import { Versions } from './version-views.tsx'

export type AppearanceProps = {
  page: Page
  form: FormState
  /** Colours that are too close to each other, in what the form shows. */
  failures: Failure[]
  refused: Refusal[]
  logos: { key: string; name: string }[]
  versions: ListedTheme[]
  /** Of the theme that pages have now. */
  number: number
  message?: string
  done?: 'saved' | 'restored'
  isDraft?: boolean
}

export function troubleWords(trouble: Trouble): string {
  if (trouble === 'colour') return text('themes.colour')
  return trouble === 'width' ? text('themes.widthTrouble') : text('themes.sizeTrouble')
}

export function AppearancePage(props: AppearanceProps): Html {
  const { page, form, failures, refused, message, done, isDraft } = props
  return (
    <AdminLayout page={page} title={text('themes.appearance')} script="appearance.js" style="appearance.css">
      <div class="appearance">
        <form id="appearance" method="post" action={paths.admin.appearance()} data-appearance>
          <h1>{text('themes.appearance')}</h1>
          {done && (
            <p class="done" role="status">
              {done === 'saved' ? text('themes.saved') : text('themes.restored')}
            </p>
          )}
          {isDraft && (
            <p class="notice" role="status">
              {text('themes.draftNote')}
            </p>
          )}
          <FormErrors form={form} message={message} />
          {/* First, so that it is what the Enter key presses. */}
          <p class="appearance-bar buttons">
            <button>{text('themes.save')}</button>
            <button
              class="second"
              formaction={paths.admin.appearancePreview()}
              formtarget="appearance-preview"
              formnovalidate
              data-preview
            >
              {text('themes.preview')}
            </button>
          </p>
          <TooClose failures={failures} isAsked={form.values?.number !== undefined && done === undefined} />
          <LeftOut refused={refused} />
          <Choices {...props} />
          <input type="hidden" name="number" value={form.values?.number ?? ''} />
        </form>
        <section class="appearance-page" aria-label={text('themes.preview')}>
          <Select
            form={form}
            name="preview_of"
            label={text('themes.previewOf')}
            owner="appearance"
            options={{ front: text('themes.previewFront'), post: text('themes.previewPost') }}
          />
          <p class="quiet" role="status" data-trouble={text('themes.previewTrouble')} />
          {/* No script and no form works in there, and no link leads anywhere. */}
          <iframe name="appearance-preview" title={text('themes.preview')} sandbox="allow-same-origin" />
        </section>
      </div>
      <Versions {...props} />
    </AdminLayout>
  )
}

/** Which colours cannot be read, what could be in their place, and two ways on. */
function TooClose({ failures, isAsked }: { failures: Failure[]; isAsked: boolean }): Html {
  if (failures.length === 0) return <></>
  return (
    <section class="notice" role={isAsked ? 'alert' : 'note'} id="contrast">
      <p>{text('themes.contrastIntro')}</p>
      <ul>
        {failures.map(({ scheme, role, on, colour, ground, ratio, least, suggestion }) => (
          <li>
            {text('themes.contrastLine', {
              scheme: scheme === 'light' ? text('themes.light') : text('themes.dark'),
              role: roleWords()[role],
              colour,
              ground: roleWords()[on],
              groundColour: ground,
              ratio: ratio.toFixed(2),
              least: String(least),
            })}{' '}
            {suggestion ? text('themes.contrastSuggestion', { suggestion }) : text('themes.contrastNone')}
          </li>
        ))}
      </ul>
      <input type="hidden" name="agreed" value={agreementOf(failures)} />
      <p class="buttons">
        <button name="contrast" value="mend">
          {text('themes.mend')}
        </button>
        <button class="second" name="contrast" value="accept">
          {text('themes.accept')}
        </button>
      </p>
    </section>
  )
}

function LeftOut({ refused }: { refused: Refusal[] }): Html {
  if (refused.length === 0) return <></>
  return (
    <section class="notice" role="note" id="refused-css">
      <p>{text('themes.cssRefused')}</p>
      <ul>
        {refused.map(({ line, what, reason }) => (
          <li>{text('themes.cssRefusedLine', { line: String(line), what, reason: reasonWords(reason) })}</li>
        ))}
      </ul>
    </section>
  )
}

function Choices({ form, logos }: AppearanceProps): Html {
  const isOn = (name: string) => form.values?.[name] === 'yes'
  const medium = (inside: Html) => <a href={paths.admin.media()}>{inside}</a>
  return (
    <>
      <fieldset>
        <legend>{text('themes.startFrom')}</legend>
        <p class="hint">{text('themes.startFromHint')}</p>
        <p class="buttons">
          {Object.entries(presets).map(([key, { name }]) => (
            <button
              class="second small"
              name="start_from"
              value={key}
              formaction={paths.admin.appearanceDraft()}
              formnovalidate
            >
              {name}
            </button>
          ))}
        </p>
      </fieldset>
      <div class="pairs">
        <Field form={form} name="name" label={text('themes.name')} required maxlength={60} />
        <Select form={form} name="scheme" label={text('themes.scheme')} options={schemeWords()} />
      </div>
      <Colours form={form} scheme="light" legend={text('themes.lightColours')} />
      <Colours form={form} scheme="dark" legend={text('themes.darkColours')} />
      <fieldset>
        <legend>{text('themes.fonts')}</legend>
        <p class="hint">{text('themes.fontsHint')}</p>
        <div class="pairs">
          <Select form={form} name="text_font" label={text('themes.textFont')} options={familyWords()} />
          <Select form={form} name="heading_font" label={text('themes.headingFont')} options={familyWords()} />
          <Select form={form} name="small_font" label={text('themes.smallFont')} options={familyWords()} />
          <Field form={form} name="text_width" label={text('themes.textWidth')} required maxlength={5} />
          <Field form={form} name="text_size" label={text('themes.textSize')} required maxlength={5} />
          <Select form={form} name="corners" label={text('themes.corners')} options={cornerWords()} />
          <Select form={form} name="lines" label={text('themes.lines')} options={lineWords()} />
        </div>
      </fieldset>
      <fieldset>
        <legend>{text('themes.header')}</legend>
        <Select
          form={form}
          name="logo"
          label={text('themes.logo')}
          hint={rich('themes.logoHint', { media: medium })}
          options={{ '': text('themes.logoNone'), ...Object.fromEntries(logos.map(({ key, name }) => [key, name])) }}
        />
        <CheckBox name="shows_title" label={text('themes.showsTitle')} isOn={isOn('shows_title')} />
        <CheckBox name="shows_description" label={text('themes.showsDescription')} isOn={isOn('shows_description')} />
      </fieldset>
      <fieldset>
        <legend>{text('themes.footer')}</legend>
        <TextArea
          form={form}
          name="footer_text"
          label={text('themes.footerText')}
          hint={text('themes.footerTextHint')}
          rows={2}
          maxlength={mostFooter}
        />
        <TextArea
          form={form}
          name="footer_menu"
          label={text('themes.footerMenuLabel')}
          hint={text('themes.footerMenuHint')}
          rows={3}
          maxlength={2000}
        />
      </fieldset>
      <div class="own-css">
        <TextArea
          form={form}
          name="custom_css"
          label={text('themes.css')}
          hint={text('themes.cssHint')}
          rows={10}
          maxlength={mostCss}
        />
      </div>
    </>
  )
}

function Colours({ form, scheme, legend }: { form: FormState; scheme: Scheme; legend: string }): Html {
  return (
    <fieldset>
      <legend>{legend}</legend>
      <p class="hint">{text('themes.colourHint')}</p>
      <div class="colours">
        {roles.map((role) => {
          const name = `${scheme}_${role}`
          const error = form.errors?.[name]
          return (
            <div>
              <label>
                <input
                  type="color"
                  name={name}
                  value={form.values?.[name] ?? ''}
                  aria-invalid={error ? 'true' : undefined}
                  aria-describedby={error ? `${name}-error` : undefined}
                />{' '}
                {roleWords()[role]}
              </label>
              {error && (
                <p class="error" id={`${name}-error`}>
                  {error}
                </p>
              )}
            </div>
          )
        })}
      </div>
    </fieldset>
  )
}
