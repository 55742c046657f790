import { type AnySchema, Ajv, type Options, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'

type Validator = {
  (data: unknown): boolean
  errors?: ValidateFunction['errors']
}

export function newAjv(options: Options): Ajv {
  return (formats as unknown as (ajv: Ajv) => Ajv)(new Ajv(options))
}

/** Made ready when a route is first asked for: all of them take longer than the rest of a start. */
export function whenAsked(ajv: Ajv, schema: AnySchema): Validator {
  let ready: ValidateFunction | undefined
  const validator: Validator = (data) => {
    ready ??= ajv.compile(schema)
    const isGood = ready(data)
    validator.errors = ready.errors
    return isGood
  }
  return validator
}
