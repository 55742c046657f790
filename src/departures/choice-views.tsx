import type { FormState } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'

type ChoicesProps = { form: FormState; name: string; legend: string; words: [string, string][]; usual: string }

export function Choices({ form, name, legend, words, usual }: ChoicesProps): Html {
  const chosen = form.values?.[name] ?? usual
  return (
    <fieldset class="ticks">
      <legend>{legend}</legend>
      {words.map(([value, label]) => (
        <p class="check">
          <label>
            <input type="radio" name={name} value={value} checked={chosen === value} /> {label}
          </label>
        </p>
      ))}
    </fieldset>
  )
}
