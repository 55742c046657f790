// Waiting for what comes by itself. It ends when that is there, so the limit costs nothing: it is for machines that do
// much else.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

export const patienceMs = 60_000

export async function until(isSo: () => Promise<boolean> | boolean, state?: () => Promise<string> | string) {
  for (const begun = Date.now(); !(await isSo()); await sleep(20)) {
    if (Date.now() - begun < patienceMs) continue
    assert.fail(`It did not become so: ${String(isSo)}\n${(await state?.()) ?? ''}`)
  }
}
