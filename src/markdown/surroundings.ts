// What a text points at, and rendering cannot know by itself. It is looked up first, so that a page is made of its text
// and this alone.

/** A picture of the media library, by its address as it stands in texts. */
export type Picture = { width: number; height: number }

/** What another site said of one of its pages, by its address as it stands in texts. */
export type Embed = { title: string; description: string; author_name: string; site_name: string }

export type Surroundings = { pictures: Map<string, Picture>; embeds: Map<string, Embed> }

export const noSurroundings: Surroundings = { pictures: new Map(), embeds: new Map() }
