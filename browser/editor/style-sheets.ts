// CodeMirror writes its rules into a <style> element, which the content policy forbids. A constructed sheet is no inline
// style: the rules are made by a script that the policy allows.
import { StyleModule } from 'style-mod'

/** Before the first editor is made. */
export function allowStyles(): void {
  const sheet = new CSSStyleSheet()
  document.adoptedStyleSheets.push(sheet)
  const mounted = new Set<StyleModule>()
  StyleModule.mount = (_, modules) => {
    for (const module of [modules].flat()) mounted.add(module)
    sheet.replaceSync([...mounted].map((module) => module.getRules()).join('\n'))
  }
}
