// What an owner's own CSS may say. A list of what is good: whatever browsers learn next is refused until somebody looked.

const properties = `
  accent-color align-content align-items align-self aspect-ratio
  background background-attachment background-blend-mode background-clip background-color background-image
  background-origin background-position background-position-x background-position-y background-repeat background-size
  block-size border border-block border-block-color border-block-end border-block-end-color border-block-end-style
  border-block-end-width border-block-start border-block-start-color border-block-start-style border-block-start-width
  border-block-style border-block-width border-bottom border-bottom-color border-bottom-left-radius
  border-bottom-right-radius border-bottom-style border-bottom-width border-collapse border-color border-end-end-radius
  border-end-start-radius border-inline border-inline-color border-inline-end border-inline-end-color
  border-inline-end-style border-inline-end-width border-inline-start border-inline-start-color
  border-inline-start-style border-inline-start-width border-inline-style border-inline-width border-left
  border-left-color border-left-style border-left-width border-radius border-right border-right-color
  border-right-style border-right-width border-spacing border-start-end-radius border-start-start-radius border-style
  border-top border-top-color border-top-left-radius border-top-right-radius border-top-style border-top-width
  border-width box-decoration-break box-shadow box-sizing break-after break-before break-inside
  caption-side caret-color clear color column-count column-fill column-gap column-rule column-rule-color
  column-rule-style column-rule-width column-span column-width columns contain container container-name container-type
  content counter-increment counter-reset counter-set cursor direction display empty-cells
  filter flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap float font font-family
  font-feature-settings font-kerning font-language-override font-optical-sizing font-palette font-size font-size-adjust
  font-stretch font-style font-synthesis font-variant font-variant-alternates font-variant-caps font-variant-east-asian
  font-variant-ligatures font-variant-numeric font-variant-position font-variation-settings font-weight
  forced-color-adjust gap grid grid-area grid-auto-columns grid-auto-flow grid-auto-rows grid-column grid-column-end
  grid-column-start grid-row grid-row-end grid-row-start grid-template grid-template-areas grid-template-columns
  grid-template-rows hanging-punctuation height hyphenate-character hyphens image-rendering initial-letter inline-size
  isolation justify-content justify-items justify-self letter-spacing line-break line-height list-style list-style-image
  list-style-position list-style-type margin margin-block margin-block-end margin-block-start margin-bottom
  margin-inline margin-inline-end margin-inline-start margin-left margin-right margin-top max-block-size max-height
  max-inline-size max-width min-block-size min-height min-inline-size min-width mix-blend-mode object-fit
  object-position opacity order orphans outline outline-color outline-offset outline-style outline-width overflow
  overflow-block overflow-inline overflow-wrap overflow-x overflow-y padding padding-block padding-block-end
  padding-block-start padding-bottom padding-inline padding-inline-end padding-inline-start padding-left padding-right
  padding-top place-content place-items place-self position print-color-adjust quotes resize row-gap ruby-align
  ruby-position scroll-margin-top scroll-padding-top scrollbar-color scrollbar-gutter scrollbar-width shape-margin
  shape-outside tab-size table-layout text-align text-align-last text-combine-upright text-decoration
  text-decoration-color text-decoration-line text-decoration-skip-ink text-decoration-style text-decoration-thickness
  text-emphasis text-emphasis-color text-emphasis-position text-emphasis-style text-indent text-justify
  text-orientation text-overflow text-rendering text-shadow text-transform text-underline-offset
  text-underline-position text-wrap top transition transition-delay transition-duration transition-property
  transition-timing-function unicode-bidi vertical-align visibility white-space widows width word-break word-spacing
  writing-mode`
export const allowedProperties = new Set(properties.trim().split(/\s+/))

const functions = `
  calc min max clamp round mod rem abs sign pow sqrt hypot var env
  rgb rgba hsl hsla hwb lab lch oklab oklch color color-mix light-dark
  linear-gradient radial-gradient conic-gradient repeating-linear-gradient repeating-radial-gradient
  repeating-conic-gradient
  blur brightness contrast drop-shadow grayscale hue-rotate invert opacity saturate sepia
  counter counters repeat minmax fit-content cubic-bezier steps linear inset circle ellipse polygon
  stylistic styleset swash ornaments annotation character-variant`
export const allowedFunctions = new Set(functions.trim().split(/\s+/))

/** Each holds rules; what can name another file, or a font, is not among them. */
export const allowedAtRules = new Set(['media', 'supports', 'container'])

/** What stays where it stands. The others could lie on anything. */
export const allowedPositions = new Set(['static', 'relative', 'sticky', ...'inherit initial revert unset'.split(' ')])
