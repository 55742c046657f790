import { describeSettings, loadConfig } from '../config.ts'

export function showConfig({ json }: { json?: boolean }): void {
  const rows = describeSettings(loadConfig())
  if (json) return console.log(JSON.stringify(rows, null, 2))
  const width = (key: 'name' | 'value' | 'source') => Math.max(...rows.map((row) => row[key].length))
  for (const { name, value, source, about } of rows) {
    console.log(
      `${name.padEnd(width('name'))}  ${value.padEnd(width('value'))}  ${source.padEnd(width('source'))}  ${about}`,
    )
  }
}
