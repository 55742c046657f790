// Pictures on their way up: where each will stand, how far it is, and the Markdown of it when it is there.
import { StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, WidgetType } from '@codemirror/view'
import { apart, isBesidePicture } from './apart.ts'
import { make } from './form.ts'
import type { Show } from './state.ts'
import { upload, whyNot } from './upload.ts'
import { filled, words } from './words.ts'

const added = StateEffect.define<{ at: number; place: Place }>()
const removed = StateEffect.define<Place>()

/** It is no part of the text, so a text that is saved meanwhile has no half picture in it. */
class Place extends WidgetType {
  readonly name: string
  readonly bar: HTMLProgressElement

  constructor(name: string) {
    super()
    this.name = name
    this.bar = make('progress', { max: '100', value: '0', 'aria-label': filled(words.uploadingName, { name }) })
  }

  override toDOM(): HTMLElement {
    return make('span', { class: 'picture-coming' }, this.bar, ` ${this.name}`)
  }
}

export const pictureField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(places, { changes, effects }) {
    let result = places.map(changes)
    for (const effect of effects) {
      if (effect.is(added)) {
        const range = Decoration.widget({ widget: effect.value.place, side: 1 }).range(effect.value.at)
        result = result.update({ add: [range] })
      }
      if (effect.is(removed)) result = result.update({ filter: (_from, _to, { spec }) => spec.widget !== effect.value })
    }
    return result
  },
  provide: (field) => EditorView.decorations.from(field),
})

/** One after the other, in the order they were given. */
export async function sendPictures(
  view: EditorView,
  files: File[],
  at: number,
  address: string,
  show: Show,
): Promise<void> {
  const places = files.map(({ name }) => new Place(name || words.unnamedPicture))
  view.dispatch({ effects: places.map((place) => added.of({ at, place })) })
  for (const [index, file] of files.entries()) {
    const place = places[index]
    if (!place) continue
    show.say(filled(words.uploadingNow, { name: place.name }))
    try {
      const sent = await upload(file, address, (share) => (place.bar.value = share * 100))
      settle(view, place, sent.markdown ?? `![${sent.alt ?? ''}](${sent.url})`, files.length > 1)
      show.say(filled(words.inText, { name: place.name }))
    } catch (error) {
      settle(view, place, '')
      show.aside(whyNot(place.name, error))
    }
  }
}

function settle(view: EditorView, place: Place, markdown: string, isOneOfMany = false): void {
  let at = view.state.selection.main.from
  view.state.field(pictureField).between(0, view.state.doc.length, (from, _to, { spec }) => {
    if (spec.widget === place) at = from
  })
  if (markdown) putPicture(view, at, markdown, isOneOfMany, [removed.of(place)])
  else view.dispatch({ effects: removed.of(place), userEvent: 'input' })
}

/** The cursor goes along when it is there. */
export function putPicture(
  view: EditorView,
  at: number,
  markdown: string,
  isOneOfMany = false,
  effects: StateEffect<unknown>[] = [],
): void {
  const insert = isOneOfMany || isBesidePicture(view.state, at) ? apart(view.state, markdown, at) : markdown
  const isCursorThere = view.state.selection.main.head === at
  view.dispatch({
    effects,
    changes: { from: at, insert },
    ...(isCursorThere && { selection: { anchor: at + insert.length } }),
    userEvent: 'input',
  })
}
