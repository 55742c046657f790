import { Type, type Static } from 'typebox'
import { isWebAddress } from '../address.ts'
import { text } from '../texts/texts.ts'
import { contactOf } from '../well-known/well-known.ts'

export const MachineSettingsForm = Type.Object({
  hub_url: Type.String({ maxLength: 500 }),
  security_contact: Type.String({ maxLength: 300 }),
  has_llms_txt: Type.Optional(Type.Literal('yes')),
  version: Type.String({ pattern: '^\\d{1,9}$' }),
})

export type MachineSettings = { hub_url: string; security_contact: string; has_llms_txt: boolean }

export function machineSettingsOf(form: Static<typeof MachineSettingsForm>): MachineSettings {
  return {
    hub_url: form.hub_url.trim(),
    security_contact: form.security_contact.trim(),
    has_llms_txt: form.has_llms_txt === 'yes',
  }
}

export function machineSettingsErrors({ hub_url = '', security_contact = '' }: Record<string, string>) {
  const errors: Record<string, string> = {}
  const [hub, contact] = [hub_url.trim(), security_contact.trim()]
  if (hub && !isWebAddress(hub)) errors.hub_url = text('machines.wrongHub')
  if (contact && contactOf(contact) === undefined) errors.security_contact = text('machines.wrongContact')
  return errors
}
