import { describeSettings, loadConfig } from '../config.ts'
import { thisMachine, tune } from '../db/embedded/tuning.ts'
import { mostConnections } from '../db/most-connections.ts'

export function showConfig({ json }: { json?: boolean }): void {
  const config = loadConfig()
  const rows = describeSettings(config)
  if (json) return console.log(JSON.stringify(rows, null, 2))
  const width = (key: 'name' | 'value' | 'source') => Math.max(...rows.map((row) => row[key].length))
  for (const { name, value, source, about } of rows) {
    console.log(
      `${name.padEnd(width('name'))}  ${value.padEnd(width('value'))}  ${source.padEnd(width('source'))}  ${about}`,
    )
  }
  if (config.databaseUrl) return
  const chosen = Object.entries(tune(thisMachine(mostConnections(config))))
  console.log(
    `\nThe embedded PostgreSQL on this machine: ${chosen.map(([name, value]) => `${name} ${value}`).join(', ')}`,
  )
}
