// Sites that answer about their pages at an address of their own, by oEmbed: their pages hold little, or ask for consent.

export type Provider = {
  name: string
  matches: (address: URL) => boolean
  endpoint: string
}

const hosted = (hosts: string[], path: RegExp) => (address: URL) =>
  hosts.includes(address.hostname.replace(/^(www|m)\./, '')) && path.test(address.pathname)

export const providers: Provider[] = [
  {
    name: 'YouTube',
    matches: (address) =>
      hosted(['youtube.com', 'music.youtube.com'], /^\/(watch|shorts\/|live\/|playlist)/)(address) ||
      hosted(['youtu.be'], /^\/[\w-]+/)(address),
    endpoint: 'https://www.youtube.com/oembed',
  },
  {
    name: 'Vimeo',
    matches: hosted(['vimeo.com', 'player.vimeo.com'], /\/\d+/),
    endpoint: 'https://vimeo.com/api/oembed.json',
  },
]

export function endpointFor({ endpoint }: Provider, address: string): string {
  return `${endpoint}?${new URLSearchParams({ url: address, format: 'json' })}`
}
