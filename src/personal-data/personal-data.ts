import { Type } from 'typebox'
import { commentChoices } from '../departures/departure.ts'

export const exportsAnHour = { most: 5, windowSeconds: 3600 }

export const ErasureForm = Type.Object({
  password: Type.String({ minLength: 1, maxLength: 1024 }),
  comments: Type.Union(commentChoices.map((choice) => Type.Literal(choice))),
})
