import type { Html } from '../html/jsx-runtime.ts'
import { AdminLayout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { Pager } from '../html/pager.tsx'
import { paths } from '../paths.ts'
import { type MediaSearch, mostFilesAtOnce, thumbnailOf } from './media.ts'
import type { ListedMedium, MediaList } from './queries.ts'

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
      <Pager next={next && paths.admin.media({ ...queryOf(search), before: next })}>Earlier pictures</Pager>
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
  const { address, width, height } = thumbnailOf(medium)
  return <img src={address} alt={medium.alt} width={width} height={height} loading="lazy" decoding="async" />
}

function RemoveUnused({ ids }: { ids: number[] }): Html {
  const what = ids.length === 1 ? 'this picture' : `these ${ids.length} pictures`
  return (
    <section class="danger" aria-label="More">
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

function queryOf({ q, show }: MediaSearch): Record<string, string> {
  return { ...(q && { q }), ...(show && { show }) }
}
