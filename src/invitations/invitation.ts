import { Type } from 'typebox'
import type { Visitor } from '../http/app.ts'
import { holds } from '../permissions/permission.ts'
import { isWithin, rightsOfRole } from '../permissions/ceiling.ts'
import { seesAddresses } from '../permissions/team.ts'
import { Name, NewPassword } from '../users/user.ts'

export const invitationsOnPage = 50
export const daysOpen = 7
/** Ended ones stay in the list for so long. */
export const daysListed = 90

export const invitationStates = ['waiting', 'accepted', 'revoked', 'expired'] as const
export type InvitationState = (typeof invitationStates)[number]

export const InvitationForm = Type.Object({
  email: Type.String({ minLength: 3, maxLength: 254 }),
  role: Type.String({ pattern: '^[1-9]\\d{0,15}$' }),
})

export const AcceptanceForm = Type.Object({ name: Type.Optional(Name), password: Type.Optional(NewPassword) })

/** Asked when one is sent, and again when it is taken up: whoever lost the right meanwhile lets nobody in. */
export function mayInvite(visitor: Visitor | null, role: { name: string; permissions: string[] }): boolean {
  return visitor !== null && holds(visitor, 'user.create') && isWithin(visitor, rightsOfRole(role))
}

/** An invitation is an address, so it is for its inviter and for who sees mailboxes. */
export function canSee(visitor: Visitor, { invited_by }: { invited_by: number | null }): boolean {
  return seesAddresses(visitor) || invited_by === visitor.id
}
