// What a text points at, and rendering cannot know by itself. It is looked up first, so that a page is made of its text
// and this alone.

/** A picture of the media library, by the key in its address. */
export type Picture = {
  width: number
  height: number
  /** Where its files are, and how wide each is, the narrowest first. */
  place: string
  widths: number[]
  /** For texts that give none. */
  alt: string
  /** The colours of its corners, where nothing shines through. */
  tones: string | null
}

/** What another site said of one of its pages, by its address as it stands in texts. */
export type Embed = { title: string; description: string; author_name: string; site_name: string }

export type Surroundings = { pictures: Map<string, Picture>; embeds: Map<string, Embed> }

export const noSurroundings: Surroundings = { pictures: new Map(), embeds: new Map() }
