// The picture at the top of a post: taken from the disk here, and shown small beside its address.
import { make } from './form.ts'
import type { Library } from './library.ts'
import type { Show } from './state.ts'
import { upload, whyNot } from './upload.ts'
import { filled, words } from './words.ts'

export function startPictureAtTop(form: HTMLFormElement, library: Library, show: Show): void {
  const address = form.querySelector<HTMLInputElement>('input[name=picture_url]')
  const alt = form.querySelector<HTMLInputElement>('input[name=picture_alt]')
  if (!address || !alt) return
  const input = make('input', { type: 'file', accept: 'image/*', 'aria-label': words.pictureAtTop, hidden: '' })
  const button = make('button', { type: 'button', class: 'second small' }, words.uploadPicture)
  const fromLibrary = make('button', { type: 'button', class: 'second small' }, words.chooseFromLibrary)
  const bar = make('progress', { max: '100', value: '0', hidden: '', 'aria-label': words.uploading })
  const image = make('img', { alt: '' })
  let given = ''
  const showImage = () => {
    image.hidden = address.value.trim() === ''
    if (!image.hidden) image.src = address.value.trim()
  }
  image.addEventListener('error', () => (image.hidden = true))
  address.addEventListener('change', showImage)
  button.addEventListener('click', () => input.click())
  fromLibrary.addEventListener('click', () => library.open(put))
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    input.value = ''
    if (file) void take(file)
  })
  address.closest('.pairs')?.after(make('div', { class: 'picture-at-top' }, image, button, fromLibrary, bar, input))
  showImage()

  function put(picture: { url: string; alt?: string }): void {
    if (!address || !alt) return
    address.value = picture.url
    // Words of the picture before would be wrong; those of the writer stay.
    if (alt.value.trim() === '' || alt.value === given) alt.value = given = picture.alt ?? ''
    // As if it had been typed: it is saved with the rest.
    address.dispatchEvent(new Event('input', { bubbles: true }))
    showImage()
    show.say(words.isAtTop)
    if (alt.value === '') alt.focus()
  }

  async function take(file: File): Promise<void> {
    if (!address || !alt) return
    button.disabled = true
    bar.hidden = false
    show.say(filled(words.uploadingNow, { name: file.name }))
    try {
      const sent = await upload(file, form.dataset.media ?? '', (share) => (bar.value = share * 100))
      put(sent)
    } catch (error) {
      show.aside(whyNot(file.name, error))
    }
    button.disabled = false
    bar.hidden = true
  }
}
