import { Day } from '../html/date.tsx'
import { Field, FormErrors, type FormState, TextArea } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { rich, text } from '../texts/texts.ts'
import { addressOf, fileOf, markdownOf, usesShown } from './media.ts'
import type { Medium } from './queries.ts'
import type { Use } from '../media-uses/queries.ts'

export type MediumPageProps = {
  page: Page
  medium: Medium
  /** The posts that name it and that the visitor may know of. */
  uses: Use[]
  /** How many more there are. */
  hidden: number
  mayChange: boolean
  maxMb: number
  form?: FormState
  trouble?: string
  replacementTrouble?: string
  isSaved?: boolean
}

export function MediumPage(props: MediumPageProps): Html {
  const { page, medium, mayChange, trouble, replacementTrouble, form, isSaved } = props
  const size = medium.sizes.findLast(({ width }) => width <= 1200) ?? medium.sizes[0]
  return (
    <AdminLayout page={page} title={medium.name}>
      <p class="quiet">
        <a href={paths.admin.media()}>{text('media.title')}</a>
      </p>
      <h1>{medium.name}</h1>
      {isSaved && (
        <p class="done" role="status">
          {text('media.saved')}
        </p>
      )}
      <FormErrors form={form} message={trouble ?? replacementTrouble} />
      <p>
        <img
          class="medium"
          src={fileOf(medium.place, size?.width ?? medium.width)}
          alt={medium.alt}
          width={medium.width}
          height={medium.height}
        />
      </p>
      <p class="quiet">
        {medium.width} × {medium.height}
        {medium.is_animated && ` · ${text('media.moving')}`}
        {' · '}
        <Uploaded {...props} />
      </p>
      <div class="field">
        <label for="markdown">{text('media.markdown')}</label>
        <input id="markdown" type="text" readonly value={markdownOf(medium)} />
      </div>
      {mayChange && <EditForm {...props} />}
      <Uses {...props} />
      {mayChange && <Changes {...props} />}
    </AdminLayout>
  )
}

function Uploaded({ page, medium: { created_at, uploaded_by_name } }: MediumPageProps): Html {
  const date = <Day date={created_at} language={page.site.language} />
  return uploaded_by_name
    ? rich('media.uploadedBy', { date, name: uploaded_by_name })
    : rich('media.uploaded', { date })
}

function EditForm({ medium, form }: MediumPageProps): Html {
  return (
    <form method="post" action={paths.admin.medium(medium.id)}>
      <Field form={form} name="name" label={text('media.name')} value={medium.name} maxlength={120} required />
      <TextArea
        form={form}
        name="alt"
        label={text('media.alt')}
        hint={text('media.altHint')}
        value={medium.alt}
        rows={3}
        maxlength={1000}
      />
      <input type="hidden" name="version" value={String(medium.version)} />
      <button>{text('media.save')}</button>
    </form>
  )
}

function Uses({ medium, uses, hidden }: MediumPageProps): Html {
  return (
    <section>
      <h2>{text('media.uses')}</h2>
      {medium.is_logo && <p class="quiet">{text('themes.isLogo')}</p>}
      {uses.length === 0 && hidden === 0 && !medium.is_logo && <p class="quiet">{text('media.usedNowhere')}</p>}
      <ul class="rows">
        {uses.map((use) => (
          <li>
            {use.is_binned ? <strong>{titleOf(use)}</strong> : <a href={paths.admin.post(use.id)}>{titleOf(use)}</a>}
            <span class="quiet">{partOf(use)}</span>
          </li>
        ))}
      </ul>
      {hidden > 0 && <p class="quiet">{text('media.usesOfOthers', { count: hidden })}</p>}
      {uses.length + hidden === usesShown && <p class="quiet">{text('media.usesShown', { count: usesShown })}</p>}
      <p class="quiet">{rich('media.addressStays', { address: <code>{addressOf(medium)}</code> })}</p>
    </section>
  )
}

function partOf({ in_text, in_draft, is_binned }: Use): string {
  if (is_binned) return text('media.inBin')
  if (in_text) return text('media.inText')
  return in_draft ? text('media.inDraft') : text('media.inEarlierVersion')
}

function Changes({ medium, uses, hidden, maxMb }: MediumPageProps): Html {
  const count = uses.length + hidden
  return (
    <section class="danger" aria-label={text('media.more')}>
      <details class="calm">
        <summary>{text('media.replace')}</summary>
        <form method="post" action={paths.admin.mediumReplacement(medium.id)} enctype="multipart/form-data">
          <input type="hidden" name="version" value={String(medium.version)} />
          <div class="field">
            <label for="replacement">{text('media.replacement')}</label>
            <p class="hint" id="replacement-hint">
              {text('media.replacementHint', { megabytes: maxMb })}
            </p>
            <input
              id="replacement"
              name="file"
              type="file"
              accept="image/jpeg,image/png,image/webp,image/gif"
              required
              aria-describedby="replacement-hint"
            />
          </div>
          <button>{text('media.replaceButton')}</button>
        </form>
      </details>
      <details>
        <summary>{text('media.delete')}</summary>
        <form method="post" action={paths.admin.mediumDeletion(medium.id)}>
          {(count > 0 || medium.is_logo) && <input type="hidden" name="even_used" value="yes" />}
          {medium.is_logo && <p>{text('themes.isLogo')}</p>}
          <p>{text('media.deleteNote', { count })}</p>
          <button class="warning">{text('media.deleteForGood')}</button>
        </form>
      </details>
    </section>
  )
}
