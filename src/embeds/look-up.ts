import type { Embed } from '../markdown/surroundings.ts'
import type { Fetcher } from '../outbound/fetcher.ts'
import { OutboundError } from '../outbound/outbound-error.ts'
import { embedFrom } from './embed.ts'
import { type Provider, endpointFor } from './providers.ts'
import { oembedType, readPage, textOf } from './read-page.ts'

/** What an address says of itself; undefined when that gives no card. Throws an OutboundError when it says nothing. */
export async function lookUp(fetcher: Fetcher, providers: Provider[], address: string): Promise<Embed | undefined> {
  const url = new URL(address)
  const provider = providers.find(({ matches }) => matches(url))
  if (provider) {
    const said = await askOembed(fetcher, endpointFor(provider, address))
    return embedFrom({ ...said, site_name: said.site_name || provider.name, description: '' })
  }
  const page = await fetcher(address, { types: pageTypes, maxBytes: 500_000, mayCut: true })
  const facts = readPage(textOf(page))
  // Mastodon and others say there who wrote it. What the page itself says is enough when they say nothing.
  const more = facts.oembed && !facts.author_name ? await askMore(fetcher, facts.oembed, page.address) : nothing
  return embedFrom({
    title: facts.title || more.title,
    description: facts.description,
    author_name: facts.author_name || more.author_name,
    site_name: facts.site_name || more.site_name,
  })
}

type Said = { title: unknown; author_name: unknown; site_name: unknown }

const nothing: Said = { title: '', author_name: '', site_name: '' }

async function askMore(fetcher: Fetcher, oembed: string, base: URL): Promise<Said> {
  try {
    return await askOembed(fetcher, URL.parse(oembed, base)?.href ?? '')
  } catch (error) {
    if (error instanceof OutboundError) return nothing
    throw error
  }
}

async function askOembed(fetcher: Fetcher, endpoint: string): Promise<Said> {
  const { body } = await fetcher(endpoint, { types: ['application/json', oembedType], maxBytes: 100_000 })
  const said = parse(body.toString())
  return { title: said.title, author_name: said.author_name, site_name: said.provider_name }
}

function parse(json: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(json)
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const pageTypes = ['text/html', 'application/xhtml+xml']
