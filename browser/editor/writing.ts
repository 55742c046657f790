// The text field: CodeMirror with Markdown that looks like what it means. The textarea stays in the form and is filled
// when the form is read, so whatever sends the form sends the text.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { deleteMarkupBackward, insertNewlineContinueMarkup, markdownLanguage } from '@codemirror/lang-markdown'
import { LanguageSupport, syntaxHighlighting } from '@codemirror/language'
import { EditorState, type Extension } from '@codemirror/state'
import {
  Decoration,
  EditorView,
  ViewPlugin,
  type ViewUpdate,
  drawSelection,
  dropCursor,
  keymap,
  placeholder,
} from '@codemirror/view'
import { tagHighlighter, tags } from '@lezer/highlight'
import { endList, shortcuts } from './commands.ts'
import { pasting } from './pasting.ts'
import { pictureField } from './pictures.ts'
import { slashMenu } from './slash-menu.ts'
import { allowStyles } from './style-sheets.ts'
import { words } from './words.ts'

type Options = {
  area: HTMLTextAreaElement
  onChange: () => void
  onPictures: (view: EditorView, files: File[], at: number) => void
}

/** Puts the editor in the place of the textarea. A plain text of an old blog gets no Markdown. */
export function startWriting({ area, onChange, onPictures }: Options): EditorView {
  const label = document.querySelector(`label[for="${area.id}"]`)
  allowStyles()
  const isPlain = area.form?.dataset.format === 'plain'
  const view = new EditorView({
    doc: area.value,
    extensions: [
      ...(isPlain ? [] : markdown()),
      history(),
      drawSelection(),
      dropCursor(),
      EditorView.lineWrapping,
      EditorView.scrollMargins.of(covered),
      keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
      paragraphHere,
      pictureField,
      pasting(onPictures, isPlain),
      EditorView.editorAttributes.of({ class: 'writing-text' }),
      placeholder(isPlain ? words.text : words.textHint),
      // Words to look for, in the reader's language; a phone's keyboard behaves as in any text.
      EditorView.contentAttributes.of({
        'aria-label': label?.textContent ?? words.text,
        'aria-describedby': area.getAttribute('aria-describedby') ?? '',
        spellcheck: 'true',
        autocorrect: 'on',
        autocapitalize: 'sentences',
        ...(area.hasAttribute('aria-invalid') && { 'aria-invalid': 'true' }),
      }),
      EditorView.updateListener.of((update) => update.docChanged && onChange()),
      EditorState.tabSize.of(4),
      EditorState.phrases.of({ Completions: words.completions, 'Selection deleted': words.selectionDeleted }),
    ],
  })
  area.after(view.dom)
  area.hidden = true
  // A field that nobody can see cannot be asked for.
  area.required = false
  label?.removeAttribute('for')
  label?.addEventListener('click', () => view.focus())
  area.form?.addEventListener('formdata', ({ formData }) => formData.set(area.name, view.state.doc.toString()))
  return view
}

export function textIn(view: EditorView): string {
  return view.state.doc.toString()
}

export function replaceText(view: EditorView, text: string): void {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } })
}

/** What stays in sight while the page scrolls covers the text: no place for the line being typed. */
function covered({ dom }: EditorView): { top: number; bottom: number } {
  const [above, text, below] = [dom.previousElementSibling, dom, dom.nextElementSibling].map((element) =>
    element?.getBoundingClientRect(),
  )
  if (!above || !text || !below) return { top: 0, bottom: 0 }
  return {
    top: above.bottom > text.top + blankAbove ? above.height : 0,
    bottom: below.top < text.bottom ? below.height : 0,
  }
}

// Pixels before the first line. With no more than them covered, CodeMirror would take that line for hidden.
const blankAbove = 12

function markdown(): Extension[] {
  return [
    new LanguageSupport(markdownLanguage),
    syntaxHighlighting(looks),
    closeBrackets(),
    markdownLanguage.data.of({ closeBrackets: { brackets: ['(', '[', '{', '"', '`'] } }),
    autocompletion({ override: [slashMenu], icons: false, selectOnOpen: true }),
    keymap.of([
      ...shortcuts,
      { key: 'Enter', run: endList },
      { key: 'Enter', run: insertNewlineContinueMarkup },
      { key: 'Backspace', run: deleteMarkupBackward },
    ]),
    blockLines,
  ]
}

const looks = tagHighlighter([
  { tag: tags.heading1, class: 'md-h1' },
  { tag: tags.heading2, class: 'md-h2' },
  { tag: [tags.heading3, tags.heading4, tags.heading5, tags.heading6], class: 'md-h3' },
  { tag: tags.strong, class: 'md-strong' },
  { tag: tags.emphasis, class: 'md-em' },
  { tag: tags.strikethrough, class: 'md-gone' },
  { tag: tags.monospace, class: 'md-code' },
  { tag: tags.link, class: 'md-link' },
  { tag: tags.url, class: 'md-url' },
  { tag: tags.quote, class: 'md-quote' },
  { tag: [tags.processingInstruction, tags.contentSeparator, tags.labelName, tags.string], class: 'md-mark' },
  { tag: [tags.comment, tags.angleBracket, tags.tagName], class: 'md-mark' },
])

/** Fenced code and quotes are told from the text by the whole line. */
const blockLines = ViewPlugin.define(
  (view) => {
    const find = ({ state, viewport }: EditorView) => {
      const found = []
      let isCode = false
      // From the top: whether a line is code depends on the fences above it.
      for (let number = 1; number <= state.doc.lines; number++) {
        const line = state.doc.line(number)
        if (line.from > viewport.to) break
        const isFence = /^\s{0,3}(```|~~~)/.test(line.text)
        if ((isCode || isFence) && line.to >= viewport.from) found.push(codeLine.range(line.from))
        else if (/^\s{0,3}>/.test(line.text) && line.to >= viewport.from) found.push(quoteLine.range(line.from))
        if (isFence) isCode = !isCode
      }
      return Decoration.set(found)
    }
    return {
      decorations: find(view),
      update(update: ViewUpdate) {
        if (update.docChanged || update.viewportChanged) this.decorations = find(update.view)
      },
    }
  },
  { decorations: (plugin) => plugin.decorations },
)
const codeLine = Decoration.line({ class: 'md-code-line' })
const quoteLine = Decoration.line({ class: 'md-quote-line' })

/** In focus mode everything but the paragraph at the cursor steps back. */
const paragraphHere = ViewPlugin.define(
  (view) => {
    const find = ({ state }: EditorView) => {
      const at = state.doc.lineAt(state.selection.main.head).number
      let [first, last] = [at, at]
      const isBlank = (number: number) => state.doc.line(number).text.trim() === ''
      while (first > 1 && !isBlank(first) && !isBlank(first - 1)) first--
      while (last < state.doc.lines && !isBlank(last) && !isBlank(last + 1)) last++
      const found = []
      for (let number = first; number <= last; number++) found.push(hereLine.range(state.doc.line(number).from))
      return Decoration.set(found)
    }
    return {
      decorations: find(view),
      update(update: ViewUpdate) {
        if (update.docChanged || update.selectionSet) this.decorations = find(update.view)
      },
    }
  },
  { decorations: (plugin) => plugin.decorations },
)
const hereLine = Decoration.line({ class: 'md-here' })
