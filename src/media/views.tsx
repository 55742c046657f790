import { Day } from '../html/date.tsx'
import { Field, FormErrors, type FormState, TextArea } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { titleOf } from '../posts/post.ts'
import { type MediaSearch, addressOf, fileOf, markdownOf, mostFilesAtOnce, usesShown } from './media.ts'
import type { ListedMedium, MediaList, Medium, Use } from './queries.ts'

export type LibraryPageProps = {
  page: Page
  list: MediaList
  search: MediaSearch
  /** Those of the page that the visitor may delete. */
  removable: number[]
  maxMb: number
  refused?: { troubles: { name: string; message: string }[]; added: number }
}

export function LibraryPage({ page, list, search, removable, maxMb, refused }: LibraryPageProps): Html {
  const { media, next } = list
  return (
    <AdminLayout page={page} title="Media">
      <h1>Media</h1>
      {refused && <Troubles {...refused} />}
      <form class="media-upload" method="post" action={paths.admin.media()} enctype="multipart/form-data">
        <div class="field">
          <label for="file">Add pictures</label>
          <p class="hint" id="file-hint">
            JPEG, PNG, WebP or GIF, up to {maxMb} MB each and {mostFilesAtOnce} at once. Where and with what they were
            taken is left out.
          </p>
          <input
            id="file"
            name="file"
            type="file"
            accept="image/jpeg,image/png,image/webp,image/gif"
            multiple
            required
            aria-describedby="file-hint"
          />
        </div>
        <button>Upload</button>
      </form>
      <Search search={search} />
      {media.length === 0 ? <Nothing search={search} /> : <Grid media={media} />}
      {search.show === 'unused' && removable.length > 0 && <RemoveUnused ids={removable} />}
      {next && (
        <p class="pager">
          <a rel="next" href={paths.admin.media({ ...queryOf(search), before: next })}>
            Earlier pictures
          </a>
        </p>
      )}
    </AdminLayout>
  )
}

function Troubles({ troubles, added }: NonNullable<LibraryPageProps['refused']>): Html {
  return (
    <div class="error-summary" role="alert">
      {troubles.map(({ name, message }) => (
        <p>
          {name && <strong>{name}: </strong>}
          {message}
        </p>
      ))}
      {added > 0 && <p>{added === 1 ? 'The other one is' : `The other ${added} are`} in the library.</p>}
    </div>
  )
}

function Search({ search }: { search: MediaSearch }): Html {
  const choices = {
    '': 'All',
    unused: 'Unused',
    earlier: 'Only in earlier versions',
    'without-alt': 'Without alt text',
  }
  return (
    <search class="media-search">
      <form method="get" action={paths.admin.media()}>
        <label for="q">Search names and alt texts</label>
        <div class="with-button">
          <input id="q" name="q" type="search" value={search.q} maxlength={100} />
          {search.show && <input type="hidden" name="show" value={search.show} />}
          <button class="second">Search</button>
        </div>
      </form>
      <p class="inline-links">
        {Object.entries(choices).map(([show, text]) => (
          <a
            href={paths.admin.media({ ...(search.q && { q: search.q }), ...(show && { show }) })}
            aria-current={search.show === show ? 'true' : undefined}
          >
            {text}
          </a>
        ))}
      </p>
    </search>
  )
}

function Nothing({ search }: { search: MediaSearch }): Html {
  return (
    <p class="empty">
      {search.q || search.show || search.before
        ? 'No picture here is like that.'
        : 'No pictures yet. What you upload is for every post.'}
    </p>
  )
}

function Grid({ media }: { media: ListedMedium[] }): Html {
  return (
    <ul class="media">
      {media.map((medium) => (
        <li>
          <a href={paths.admin.medium(medium.id)}>
            <Thumbnail medium={medium} />
            <span class="media-name">{shortened(medium.name)}</span>
          </a>
          <span class="quiet">
            {medium.width} × {medium.height}
            {medium.is_animated && ' · moving'}
            {!medium.is_used && (medium.is_in_revision ? ' · earlier versions' : ' · unused')}
            {!medium.alt && ' · no alt text'}
          </span>
        </li>
      ))}
    </ul>
  )
}

/** Its beginning and its end, where it would push the next row down. */
function shortened(name: string): string {
  const letters = [...name]
  return letters.length <= 40 ? name : `${letters.slice(0, 26).join('')}…${letters.slice(-12).join('')}`
}

function Thumbnail({ medium }: { medium: ListedMedium }): Html {
  const size = medium.sizes[0]
  return (
    <img
      src={fileOf(medium.place, size?.width ?? medium.width)}
      alt={medium.alt}
      width={size?.width ?? medium.width}
      height={size?.height ?? medium.height}
      loading="lazy"
      decoding="async"
    />
  )
}

function RemoveUnused({ ids }: { ids: number[] }): Html {
  const what = ids.length === 1 ? 'this picture' : `these ${ids.length} pictures`
  return (
    <section class="danger">
      <details>
        <summary>Remove {what}</summary>
        <form method="post" action={paths.admin.mediaUnusedRemoval()}>
          <input type="hidden" name="ids" value={ids.join(',')} />
          <p>No text, draft or earlier version names them. This cannot be undone.</p>
          <button class="warning">Remove for good</button>
        </form>
      </details>
    </section>
  )
}

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
}

export function MediumPage(props: MediumPageProps): Html {
  const { page, medium, mayChange, trouble, replacementTrouble, form } = props
  const size = medium.sizes.findLast(({ width }) => width <= 1200) ?? medium.sizes[0]
  return (
    <AdminLayout page={page} title={medium.name}>
      <p class="quiet">
        <a href={paths.admin.media()}>Media</a>
      </p>
      <h1>{medium.name}</h1>
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
      {uses.length === 0 && hidden === 0 && <p class="quiet">Nowhere: no text, draft or earlier version names it.</p>}
      <ul class="rows">
        {uses.map((use) => (
          <li>
            {use.is_binned ? <strong>{titleOf(use)}</strong> : <a href={paths.admin.post(use.id)}>{titleOf(use)}</a>}
            <span class="quiet">{partOf(use)}</span>
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <p class="quiet">{hidden === 1 ? 'And a draft of somebody else.' : `And ${hidden} drafts of others.`}</p>
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
    <section class="danger">
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
          {count > 0 && <input type="hidden" name="even_used" value="yes" />}
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

function queryOf({ q, show }: MediaSearch): Record<string, string> {
  return { ...(q && { q }), ...(show && { show }) }
}
