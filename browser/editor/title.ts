// The title, whole however long it is: a field of several lines that holds no line break.
import { make } from './form.ts'
import { words } from './words.ts'

export function growTitle(form: HTMLFormElement, goOn: () => void): void {
  const input = form.querySelector<HTMLInputElement>('input[name=title]')
  if (!input) return
  const area = make('textarea', { rows: '1', placeholder: words.title })
  for (const { name, value } of input.attributes) if (!['type', 'value'].includes(name)) area.setAttribute(name, value)
  area.value = input.value
  input.replaceWith(area)

  area.addEventListener('keydown', (event) => {
    // While letters are being composed, Enter chooses among them.
    if (event.key !== 'Enter' || event.isComposing || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    goOn()
  })
  area.addEventListener('input', () => {
    const end = area.selectionEnd
    const before = inOneLine(area.value.slice(0, end))
    const text = before + inOneLine(area.value.slice(end))
    if (text === area.value) return
    area.value = text
    area.setSelectionRange(before.length, before.length)
  })
  if (!CSS.supports('field-sizing', 'content')) growByHand(area)
}

function inOneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ')
}

function growByHand(area: HTMLTextAreaElement): void {
  const grow = () => {
    area.style.height = 'auto'
    area.style.height = `${area.scrollHeight}px`
  }
  for (const event of ['input', 'focus']) area.addEventListener(event, grow)
  addEventListener('resize', grow)
  // Once the page looks as it will.
  requestAnimationFrame(grow)
}
