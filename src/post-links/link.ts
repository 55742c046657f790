import { Type } from 'typebox'

/** How long a link is good, in days. */
export const lifetimes = { '1': 'A day', '7': 'A week', '30': 'A month' }
export const endless = { '0': 'Until it is taken back' }

export const LinkForm = Type.Object({
  days: Type.Union([Type.Literal('1'), Type.Literal('7'), Type.Literal('30'), Type.Literal('0')]),
})

export const LinkParams = Type.Object({
  id: Type.String({ pattern: '^[1-9]\\d{0,14}$' }),
  link: Type.String({ pattern: '^[1-9]\\d{0,14}$' }),
})

export const mostLinks = 20
