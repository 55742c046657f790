import { Field, type FormState, Select, TextArea } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import { text } from '../texts/texts.ts'
import { type Details, noDetails } from './details.ts'

const fields = Object.keys(noDetails)

const readers = {
  public: 'Everybody',
  unlisted: 'Everybody who has its address: it is in no list',
  members: 'Members: others see the excerpt, if you write one',
  private: 'Nobody but its editors, and who has a link from below',
}

/** Who may not manage the post is told who writes and reads it, and asked for the rest. */
type DetailProps = { form: FormState | undefined; details: Details; mayManage: boolean }

/** The part of a post's form that is folded away: open when something in it wants a hand. */
export function DetailFields({ form, details, mayManage }: DetailProps): Html {
  const isWrong = fields.some((name) => form?.errors?.[name])
  return (
    <details class="calm post-details" open={isWrong}>
      <summary>Address, readers, picture, series and more</summary>
      <div class="pairs">
        {mayManage ? (
          <Select form={form} name="visibility" label="Who may read it" value={details.visibility} options={readers} />
        ) : (
          <p>Who may read it, which its author decides: {readers[details.visibility]}.</p>
        )}
        <Select
          form={form}
          name="kind"
          label="Kind"
          hint="A page stands outside the stream of posts and has no comments."
          value={details.kind}
          options={{ post: 'Post', page: 'Page' }}
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
        label="Address"
        hint="Its last part. Left alone, it is made from the title. The old address of a published post leads to the new one for ever."
        value={details.slug}
        maxlength={200}
      />
      <TextArea
        form={form}
        name="excerpt"
        label="Excerpt"
        hint="For lists, search engines and cards. Left empty, it is the beginning of the text, or nothing when the text is for members."
        value={details.excerpt}
        rows={3}
        maxlength={500}
      />
      <div class="pairs">
        <Field
          form={form}
          name="picture_url"
          label="Picture at the top"
          hint="Its address: https://… or, of this blog, /…"
          value={details.picture_url}
          maxlength={2000}
        />
        <Field
          form={form}
          name="picture_alt"
          label="What the picture shows"
          hint="For those who cannot see it."
          value={details.picture_alt}
          maxlength={1000}
        />
      </div>
      <div class="pairs">
        <Field
          form={form}
          name="series"
          label="Series"
          hint="Its title; a new one begins with its first part."
          value={details.series}
          maxlength={200}
        />
        <Field
          form={form}
          name="series_part"
          label="Part"
          hint="A number. Without one, parts follow in the order of their dates."
          value={details.series_part}
          maxlength={4}
        />
      </div>
      <div class="pairs">
        {mayManage ? (
          <Field
            form={form}
            name="authors"
            label="Written together with"
            hint="The last parts of the addresses of their pages, such as ada, ben. They may edit it too."
            value={details.authors}
            maxlength={1000}
          />
        ) : (
          <p>
            Written together with: {details.authors}.
            {form?.errors?.authors && <span class="error">{form.errors.authors}</span>}
          </p>
        )}
        <Field
          form={form}
          name="language"
          label="Language"
          hint="A code such as de or pt-BR. Left empty, it is the blog’s."
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
        label="First published at"
        hint="The whole address, when this is a copy: search engines are sent there."
        value={details.canonical_url}
        maxlength={2000}
      />
    </details>
  )
}
