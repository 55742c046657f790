import { text } from '../texts/texts.ts'
import type { Html } from './jsx-runtime.ts'

/** What was typed and what is wrong with it, by field. */
export type FormState = { values?: Record<string, string>; errors?: Record<string, string> }

type FieldProps = {
  form?: FormState | undefined
  name: string
  /** Where a page has several forms with a field of the name. */
  id?: string
  label: string
  hint?: string | Html
  type?: 'text' | 'email' | 'password' | 'url' | 'datetime-local'
  autocomplete?: string
  required?: boolean
  maxlength?: number
  value?: string
  autofocus?: boolean
}

export function Field({ form, name, id = name, label, hint, type = 'text', value, ...input }: FieldProps): Html {
  const error = form?.errors?.[name]
  return (
    <Labelled name={id} label={label} hint={hint} error={error}>
      <input
        id={id}
        name={name}
        type={type as 'text'}
        // A password is never sent back.
        value={type === 'password' ? undefined : (form?.values?.[name] ?? value)}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={describedBy(id, hint, error)}
        {...input}
      />
    </Labelled>
  )
}

type TextAreaProps = Omit<FieldProps, 'id' | 'type' | 'autocomplete'> & { rows: number }

export function TextArea({ form, name, label, hint, value, rows, ...input }: TextAreaProps): Html {
  const error = form?.errors?.[name]
  return (
    <Labelled name={name} label={label} hint={hint} error={error}>
      <textarea
        id={name}
        name={name}
        rows={rows}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={describedBy(name, hint, error)}
        {...input}
      >
        {/* The parser drops one line break after the tag, so one is given. */}
        {`\n${form?.values?.[name] ?? value ?? ''}`}
      </textarea>
    </Labelled>
  )
}

type SelectProps = Omit<FieldProps, 'id' | 'type' | 'autocomplete' | 'maxlength' | 'required'> & {
  options: Record<string, string>
  /** The id of the form that it belongs to, where it stands elsewhere. */
  owner?: string
}

/** `options` are words by value. */
export function Select({ form, name, label, hint, value, options, owner }: SelectProps): Html {
  const error = form?.errors?.[name]
  const chosen = form?.values?.[name] ?? value
  return (
    <Labelled name={name} label={label} hint={hint} error={error}>
      <select
        id={name}
        name={name}
        form={owner}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={describedBy(name, hint, error)}
      >
        {Object.entries(options).map(([option, words]) => (
          <option value={option} selected={option === chosen}>
            {words}
          </option>
        ))}
      </select>
    </Labelled>
  )
}

type CheckBoxProps = { form?: FormState | undefined; name: string; label: string; isOn: boolean }

/** As it was sent, where a form comes back; `isOn` otherwise. */
export function CheckBox({ form, name, label, isOn }: CheckBoxProps): Html {
  const checked = form?.values ? form.values[name] === 'yes' : isOn
  return (
    <p class="check">
      <label>
        <input type="checkbox" name={name} value="yes" checked={checked} /> {label}
      </label>
    </p>
  )
}

/** Says at the top of a form that something below needs a hand. */
export function FormErrors({ form, message }: { form?: FormState | undefined; message?: string | undefined }): Html {
  const count = Object.keys(form?.errors ?? {}).length
  if (count === 0 && !message) return <></>
  return (
    <p class="error-summary" role="alert">
      {message ?? form?.errors?.form ?? text('html.checkFields')}
    </p>
  )
}

type LabelledProps = Pick<FieldProps, 'name' | 'label'> & {
  hint: FieldProps['hint'] | undefined
  error: string | undefined
  children: Html
}

/** The label above an input, the hint between, and what is wrong with it below. */
function Labelled({ name, label, hint, error, children }: LabelledProps): Html {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {children}
      <FieldError name={name} error={error} />
    </div>
  )
}

function FieldError({ name, error }: { name: string; error: string | undefined }): Html {
  if (!error) return <></>
  return (
    <p class="error" id={`${name}-error`}>
      {error}
    </p>
  )
}

function describedBy(name: string, hint: string | Html | undefined, error: string | undefined): string | undefined {
  return [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ') || undefined
}
