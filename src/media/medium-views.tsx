import { Day } from '../html/date.tsx'
import { Field, FormErrors, type FormState, TextArea } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { text } from '../texts/texts.ts'
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
        <a href={paths.admin.media()}>Media</a>
      </p>
      <h1>{medium.name}</h1>
      {isSaved && (
        <p class="done" role="status">
          Saved.
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
        {medium.is_animated && ' · moving'} · uploaded <Day date={medium.created_at} language={page.site.language} />
        {medium.uploaded_by_name && ` by ${medium.uploaded_by_name}`}
      </p>
      <div class="field">
        <label for="markdown">For a text</label>
        <input id="markdown" type="text" readonly value={markdownOf(medium)} />
      </div>
      {mayChange && <EditForm {...props} />}
      <Uses {...props} />
      {mayChange && <Changes {...props} />}
    </AdminLayout>
  )
}

function EditForm({ medium, form }: MediumPageProps): Html {
  return (
    <form method="post" action={paths.admin.medium(medium.id)}>
      <Field form={form} name="name" label="Name" value={medium.name} maxlength={120} required />
      <TextArea
        form={form}
        name="alt"
        label="Alt text"
        hint="What somebody should know who does not see the picture. A text that gives one of its own keeps it."
        value={medium.alt}
        rows={3}
        maxlength={1000}
      />
      <input type="hidden" name="version" value={String(medium.version)} />
      <button>Save</button>
    </form>
  )
}

function Uses({ medium, uses, hidden }: MediumPageProps): Html {
  return (
    <section>
      <h2>Where it is used</h2>
      {medium.is_logo && <p class="quiet">{text('themes.isLogo')}</p>}
      {uses.length === 0 && hidden === 0 && !medium.is_logo && (
        <p class="quiet">Nowhere: no text, draft or earlier version names it.</p>
      )}
      <ul class="rows">
        {uses.map((use) => (
          <li>
            {use.is_binned ? <strong>{titleOf(use)}</strong> : <a href={paths.admin.post(use.id)}>{titleOf(use)}</a>}
            <span class="quiet">{partOf(use)}</span>
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <p class="quiet">{hidden === 1 ? 'And a post of somebody else.' : `And ${hidden} posts of others.`}</p>
      )}
      {uses.length + hidden === usesShown && <p class="quiet">The last {usesShown} are shown.</p>}
      <p class="quiet">
        Its address in texts, <code>{addressOf(medium)}</code>, stays when the picture is replaced.
      </p>
    </section>
  )
}

function partOf({ in_text, in_draft, is_binned }: Use): string {
  if (is_binned) return 'In the bin'
  if (in_text) return 'Text'
  return in_draft ? 'Draft' : 'Earlier version'
}

function Changes({ medium, uses, hidden, maxMb }: MediumPageProps): Html {
  const count = uses.length + hidden
  return (
    <section class="danger" aria-label="More">
      <details class="calm">
        <summary>Replace the picture</summary>
        <form method="post" action={paths.admin.mediumReplacement(medium.id)} enctype="multipart/form-data">
          <input type="hidden" name="version" value={String(medium.version)} />
          <div class="field">
            <label for="replacement">The new picture</label>
            <p class="hint" id="replacement-hint">
              Up to {maxMb} MB. Every text shows it in the old one’s place; the old one is gone in a day.
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
          <button>Replace</button>
        </form>
      </details>
      <details>
        <summary>Delete the picture</summary>
        <form method="post" action={paths.admin.mediumDeletion(medium.id)}>
          {(count > 0 || medium.is_logo) && <input type="hidden" name="even_used" value="yes" />}
          {medium.is_logo && <p>{text('themes.isLogo')}</p>}
          <p>
            {count === 0
              ? 'This cannot be undone.'
              : `${count === 1 ? 'A post names' : `${count} posts name`} it, in a text, a draft or an earlier version. There will be its alt text instead. This cannot be undone.`}
          </p>
          <button class="warning">Delete for good</button>
        </form>
      </details>
    </section>
  )
}
