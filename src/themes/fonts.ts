// Families of fonts that readers' systems have. Nothing is loaded: a page is there at once, and no other site hears of it.
// Each ends where every system has something; for scripts that these lack, the browser goes on to the reader's own.

export const families = {
  book: "Charter, 'Bitstream Charter', 'Sitka Text', 'Source Serif 4', 'Noto Serif', Cambria, Georgia, serif",
  old: "'Iowan Old Style', 'Palatino Linotype', Palatino, 'URW Palladio L', P052, 'Book Antiqua', serif",
  news: "'Times New Roman', Times, 'Nimbus Roman', 'Liberation Serif', Tinos, serif",
  slab: "Rockwell, 'Rockwell Nova', 'Roboto Slab', 'DejaVu Serif', 'Sitka Small', serif",
  system: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', sans-serif",
  plain: "'Helvetica Neue', Helvetica, Arimo, Arial, 'Nimbus Sans', 'Liberation Sans', sans-serif",
  humanist: "Seravek, 'Gill Sans Nova', Ubuntu, Calibri, Carlito, 'DejaVu Sans', 'Source Sans Pro', sans-serif",
  geometric: "Avenir, 'Avenir Next', Montserrat, Corbel, 'URW Gothic', 'Century Gothic', sans-serif",
  mono: "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
}
