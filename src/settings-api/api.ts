import type { Static } from 'typebox'
import type { Register } from '../api/endpoint.ts'
import { fieldsOf, oneQuery } from '../api/list.ts'
import { Problem } from '../api/problem.ts'
import { type Level, tagOf } from '../api/resource.ts'
import type { Actor } from '../audit/queries.ts'
import { updateRules } from '../comment-rules/queries.ts'
import { type RulesForm, newRulesOf, rulesErrors } from '../comment-rules/settings.ts'
import type { Db } from '../db/pool.ts'
import { forbidden, invalid } from '../errors.ts'
import type { App, Visitor } from '../http/app.ts'
import {
  type MachineSettingsForm,
  machineSettingsErrors,
  machineSettingsOf,
} from '../machine-settings/machine-settings.ts'
import { updateMachineSettings } from '../machine-settings/queries.ts'
import { paths } from '../paths.ts'
import { isAdmin } from '../permissions/permission.ts'
import type { CurrentSettings } from '../settings/current.ts'
import { updateSettings } from '../settings/queries.ts'
import { type SettingsForm, settingsErrors, settingsOf } from '../settings/settings.ts'
import { text } from '../texts/texts.ts'
import { type SettingsRow, findSettings } from './queries.ts'
import { type Group, SettingsChange, SettingsShown, asForm, groupOf, shownSettings } from './settings-resource.ts'

const noun = 'settings'

export function settingsApi(app: App, register: Register, current: CurrentSettings) {
  register(
    {
      id: 'getSettings',
      method: 'GET',
      path: paths.api.settings(),
      noun,
      summary: 'How the blog is set',
      scope: 'settings:read',
      description: 'The rules of moderation are for the owner.',
      who: 'everyone',
      query: oneQuery(),
      answer: { status: 200, schema: SettingsShown.schema },
    },
    async ({ visitor, query }) => answerOf(await findSettings(app.db), visitor, fieldsOf(SettingsShown, query)),
  )

  register(
    {
      id: 'updateSettings',
      method: 'PATCH',
      path: paths.api.settings(),
      noun,
      summary: 'Change how the blog is set',
      description: 'What is left out stays.',
      scope: 'settings:write',
      needs: 'the owner',
      body: SettingsChange,
      // Two lists of words, and a menu.
      bodyLimit: 256 * 1024,
      hasMatch: true,
      answer: { status: 200, schema: SettingsShown.schema },
    },
    async (call) => {
      const visitor = call.someone()
      if (!isAdmin(visitor)) throw forbidden()
      const answer = await call.write(async (db) => {
        const before = await findSettings(db, true)
        call.requireMatch(answerOf(before, visitor).etag)
        const values = asForm(before, call.body)
        const groups = new Set(Object.keys(call.body).map(groupOf))
        const errors = Object.assign({}, ...[...groups].map((group) => errorsIn[group](values)))
        const count = Object.keys(errors).length
        if (count > 0) throw invalid(text('api.invalid', { count }), errors)
        let { version } = before
        for (const group of groups) if (!(await save[group](db, version++, values, call.actor()))) throw changed()
        return answerOf(await findSettings(db), visitor)
      })
      await current.refresh()
      return answer
    },
  )
}

const errorsIn: Record<Group, (values: Record<string, string>) => Record<string, string>> = {
  blog: settingsErrors,
  machines: machineSettingsErrors,
  rules: rulesErrors,
}

type Save = (db: Db, version: number, values: Record<string, string>, actor: Actor) => Promise<unknown>

// The schema of the body is as strict as those of the forms.
const save: Record<Group, Save> = {
  blog: (db, version, values, actor) =>
    updateSettings(db, version, settingsOf(values as Static<typeof SettingsForm>), actor),
  machines: (db, version, values, actor) =>
    updateMachineSettings(db, version, machineSettingsOf(values as Static<typeof MachineSettingsForm>), actor),
  rules: (db, version, values, actor) => {
    const key = (values.spam_check_key ?? '').trim()
    return updateRules(db, version, newRulesOf(values as Static<typeof RulesForm>), key, actor)
  },
}

// Nobody else can have saved them, as the row is held.
const changed = () => new Problem('changed', text('api.changed'))

function levelOf(visitor: Visitor | null): Level {
  if (visitor === null) return 'public'
  return isAdmin(visitor) ? 'owner' : 'account'
}

function answerOf(row: SettingsRow, visitor: Visitor | null, only?: ReadonlySet<string>) {
  const [shown, level] = [shownSettings(row), levelOf(visitor)]
  return { body: SettingsShown.show(shown, level, only), etag: tagOf(SettingsShown.show(shown, level)) }
}
