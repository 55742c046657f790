// The languages whose code gets colours, each loaded by the first text that has some.
import type { LanguageRegistration } from 'shiki/types'

type Grammar = () => Promise<{ default: LanguageRegistration[] }>

/** With every name a writer may give them. */
const languages: [names: string, grammar: Grammar][] = [
  ['bash sh shell zsh console', () => import('shiki/langs/bash.mjs')],
  // The grammar for C++ takes two seconds and 100 MB to load; C's knows its comments, strings and most words.
  ['c h cpp c++', () => import('shiki/langs/c.mjs')],
  ['csharp cs c#', () => import('shiki/langs/csharp.mjs')],
  ['css', () => import('shiki/langs/css.mjs')],
  ['diff patch', () => import('shiki/langs/diff.mjs')],
  ['docker dockerfile', () => import('shiki/langs/docker.mjs')],
  ['go golang', () => import('shiki/langs/go.mjs')],
  ['html', () => import('shiki/langs/html.mjs')],
  ['ini conf properties', () => import('shiki/langs/ini.mjs')],
  ['java', () => import('shiki/langs/java.mjs')],
  ['javascript js mjs cjs', () => import('shiki/langs/javascript.mjs')],
  ['json', () => import('shiki/langs/json.mjs')],
  ['kotlin kt', () => import('shiki/langs/kotlin.mjs')],
  ['php', () => import('shiki/langs/php.mjs')],
  ['python py', () => import('shiki/langs/python.mjs')],
  ['ruby rb', () => import('shiki/langs/ruby.mjs')],
  ['rust rs', () => import('shiki/langs/rust.mjs')],
  ['sql postgresql', () => import('shiki/langs/sql.mjs')],
  ['swift', () => import('shiki/langs/swift.mjs')],
  ['toml', () => import('shiki/langs/toml.mjs')],
  ['tsx jsx', () => import('shiki/langs/tsx.mjs')],
  ['typescript ts', () => import('shiki/langs/typescript.mjs')],
  ['xml svg', () => import('shiki/langs/xml.mjs')],
  ['yaml yml', () => import('shiki/langs/yaml.mjs')],
]

export const grammars = new Map(
  languages.flatMap(([names, grammar]) => names.split(' ').map((name) => [name, grammar] as const)),
)

/** Whether a text may have code that gets colours. Says yes too often rather than too seldom. */
export function hasKnownCode(text: string): boolean {
  return languagesOf(text).length > 0
}

/** The known languages named behind a fence, wherever it stands. */
export function languagesOf(text: string): string[] {
  const names = Array.from(text.matchAll(/(?:`{3}|~{3})[ \t]*([a-z0-9+#]+)/gi), ([, name = '']) => name.toLowerCase())
  return [...new Set(names)].filter((name) => grammars.has(name))
}
