import { Type } from 'typebox'
import { text } from '../texts/texts.ts'
import { Email, Name, NewPassword, cleanName, isEmail, isSeen, nameError, normaliseEmail } from '../users/user.ts'

export const SetupForm = Type.Object({
  title: Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' }),
  description: Type.Optional(Type.String({ maxLength: 300 })),
  name: Name,
  email: Email,
  password: NewPassword,
})

export type SetupInput = { title: string; description: string; name: string; email: string }

/** The values as they are kept, and what is wrong with them by field; shared by the page and the command. */
export function checkSetup(values: Record<string, string | undefined>): {
  input: SetupInput
  errors: Record<string, string>
} {
  const input = {
    title: cleanName(values.title ?? ''),
    description: (values.description ?? '').trim(),
    name: cleanName(values.name ?? ''),
    email: normaliseEmail(values.email ?? ''),
  }
  const errors: Record<string, string> = {}
  if (!isSeen(input.title)) errors.title = text('errors.fillIn')
  const wrong = nameError(input.name)
  if (wrong) errors.name = wrong
  if (!isEmail(input.email)) errors.email = text('people.wrongEmail')
  return { input, errors }
}
