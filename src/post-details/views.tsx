import { Field, type FormState, Select, TextArea } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { text } from '../texts/texts.ts'
import { type Details, noDetails } from './details.ts'

const fields = Object.keys(noDetails)

function readerWords(): Record<Details['visibility'], string> {
  return {
    public: text('details.toEverybody'),
    unlisted: text('details.toUnlisted'),
    members: text('details.toMembers'),
    private: text('details.toNobody'),
  }
}

/** Who may not manage the post is told who writes and reads it, and asked for the rest. */
type DetailProps = { form: FormState | undefined; details: Details; mayManage: boolean }

/** The part of a post's form that is folded away: open when something in it wants a hand. */
export function DetailFields({ form, details, mayManage }: DetailProps): Html {
  const isWrong = fields.some((name) => form?.errors?.[name])
  const readers = readerWords()
  return (
    <details class="calm post-details" open={isWrong}>
      <summary>{text('details.summary')}</summary>
      <div class="pairs">
        {mayManage ? (
          <Select
            form={form}
            name="visibility"
            label={text('details.visibility')}
            value={details.visibility}
            options={readers}
          />
        ) : (
          <p>{text('details.visibilityIs', { readers: readers[details.visibility] })}</p>
        )}
        <Select
          form={form}
          name="kind"
          label={text('details.kind')}
          hint={text('details.kindHint')}
          value={details.kind}
          options={{ post: text('details.post'), page: text('details.page') }}
        />
        <Select
          form={form}
          name="comments"
          label={text('comments.ofPost')}
          hint={text('comments.ofPostHint')}
          value={details.comments}
          options={{ open: text('comments.ofPostOpen'), closed: text('comments.ofPostClosed') }}
        />
      </div>
      <Field
        form={form}
        name="slug"
        label={text('details.slug')}
        hint={text('details.slugHint')}
        value={details.slug}
        maxlength={200}
      />
      <TextArea
        form={form}
        name="excerpt"
        label={text('details.excerpt')}
        hint={text('details.excerptHint')}
        value={details.excerpt}
        rows={3}
        maxlength={500}
      />
      <div class="pairs">
        <Field
          form={form}
          name="picture_url"
          label={text('details.picture')}
          hint={text('details.pictureHint')}
          value={details.picture_url}
          maxlength={2000}
        />
        <Field
          form={form}
          name="picture_alt"
          label={text('details.pictureAlt')}
          hint={text('details.pictureAltHint')}
          value={details.picture_alt}
          maxlength={1000}
        />
      </div>
      <div class="pairs">
        <Field
          form={form}
          name="series"
          label={text('details.series')}
          hint={text('details.seriesHint')}
          value={details.series}
          maxlength={200}
        />
        <Field
          form={form}
          name="series_part"
          label={text('details.seriesPart')}
          hint={text('details.seriesPartHint')}
          value={details.series_part}
          maxlength={4}
        />
      </div>
      <div class="pairs">
        {mayManage ? (
          <Field
            form={form}
            name="authors"
            label={text('details.authors')}
            hint={text('details.authorsHint')}
            value={details.authors}
            maxlength={1000}
          />
        ) : (
          <p>
            {text('details.authorsAre', { authors: details.authors })}
            {form?.errors?.authors && <span class="error">{form.errors.authors}</span>}
          </p>
        )}
        <Field
          form={form}
          name="language"
          label={text('details.language')}
          hint={text('details.languageHint')}
          value={details.language}
          maxlength={20}
        />
      </div>
      <Select
        form={form}
        name="reactions"
        label={text('reactions.postLabel')}
        hint={text('reactions.postHint')}
        value={details.reactions}
        options={{ '': text('reactions.postOn'), off: text('reactions.postOff') }}
      />
      <Field
        form={form}
        name="canonical_url"
        label={text('details.canonical')}
        hint={text('details.canonicalHint')}
        value={details.canonical_url}
        maxlength={2000}
      />
    </details>
  )
}
