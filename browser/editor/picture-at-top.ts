// The picture at the top of a post: taken from the disk here, and shown small beside its address.
import { make } from './form.ts'
import type { Show } from './state.ts'
import { upload } from './upload.ts'

export function startPictureAtTop(form: HTMLFormElement, show: Show): void {
  const address = form.querySelector<HTMLInputElement>('input[name=picture_url]')
  const alt = form.querySelector<HTMLInputElement>('input[name=picture_alt]')
  if (!address || !alt) return
  const input = make('input', { type: 'file', accept: 'image/*', 'aria-label': 'Picture at the top', hidden: '' })
  const button = make('button', { type: 'button', class: 'second small' }, 'Upload a picture')
  const bar = make('progress', { max: '100', value: '0', hidden: '', 'aria-label': 'Uploading' })
  const image = make('img', { alt: '' })
  const showImage = () => {
    image.hidden = address.value.trim() === ''
    if (!image.hidden) image.src = address.value.trim()
  }
  image.addEventListener('error', () => (image.hidden = true))
  address.addEventListener('change', showImage)
  button.addEventListener('click', () => input.click())
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    input.value = ''
    if (file) void take(file)
  })
  address.closest('.pairs')?.after(make('div', { class: 'picture-at-top' }, image, button, bar, input))
  showImage()

  async function take(file: File): Promise<void> {
    if (!address || !alt) return
    button.disabled = true
    bar.hidden = false
    show.say(`Uploading ${file.name}.`)
    try {
      const sent = await upload(file, form.dataset.media ?? '', (share) => (bar.value = share * 100))
      address.value = sent.url
      if (alt.value.trim() === '') alt.value = sent.alt ?? ''
      // As if it had been typed: it is saved with the rest.
      address.dispatchEvent(new Event('input', { bubbles: true }))
      showImage()
      show.say('The picture is at the top of the post.')
      if (alt.value === '') alt.focus()
    } catch (error) {
      show.trouble(`${file.name} was not taken: ${error instanceof Error ? error.message : String(error)}`)
    }
    button.disabled = false
    bar.hidden = true
  }
}
