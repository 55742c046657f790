import type { Html } from '../html/jsx-runtime.ts'
import { Layout } from '../html/layout.tsx'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import { rich, text } from '../texts/texts.ts'
import type { OpenApi, Operation } from './openapi.ts'
import { type Code, problems, titleOf } from './problem.ts'

type Json = Record<string, unknown>

/** The document for people: one page, without a script. */
export function ReferencePage({ page, document }: { page: Page; document: OpenApi }): Html {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  )
  const file = (inside: Html) => <a href={paths.api.document()}>{inside}</a>
  const tokens = (inside: Html) => <a href={paths.tokens()}>{inside}</a>
  return (
    <Layout page={page} title={text('api.reference')} isDesk>
      <section class="reference">
        <h1>{text('api.reference')}</h1>
        <p>{rich('api.referenceLead', { file, tokens })}</p>
        <nav aria-label={text('api.contents')}>
          <ul class="counted">
            {document.tags.map(({ name }) => (
              <li>
                <a href={`#${name}`}>{name}</a>
              </li>
            ))}
            <li>
              <a href="#schemas">{text('api.schemas')}</a>
            </li>
            <li>
              <a href="#problems">{text('api.problems')}</a>
            </li>
          </ul>
        </nav>
        {document.tags.map(({ name }) => (
          <section id={name}>
            <h2>{name}</h2>
            {operations
              .filter(({ tags }) => tags.includes(name))
              .map((operation) => (
                <Deed {...operation} />
              ))}
          </section>
        ))}
        <section id="schemas">
          <h2>{text('api.schemas')}</h2>
          {Object.entries(document.components.schemas).map(([name, schema]) => (
            <section id={`schema-${name}`}>
              <h3>{name}</h3>
              <Fields schema={schema} />
            </section>
          ))}
        </section>
        <section id="problems">
          <h2>{text('api.problems')}</h2>
          <dl>
            {(Object.keys(problems) as Code[]).map((code) => (
              <>
                <dt id={code}>
                  <code>{code}</code> {problems[code]}
                </dt>
                <dd>{titleOf[code]()}</dd>
              </>
            ))}
          </dl>
        </section>
      </section>
    </Layout>
  )
}

function Deed({
  path,
  method,
  operationId,
  summary,
  description,
  parameters,
  requestBody,
  responses,
}: Operation & { path: string; method: string }): Html {
  const [status, answer] = Object.entries(responses)[0] ?? []
  const [, content] = Object.entries(answer?.content ?? {})[0] ?? []
  const [type, body] = Object.entries(requestBody?.content ?? {})[0] ?? []
  return (
    <section id={operationId}>
      <h3>{summary}</h3>
      <p>
        <code>
          {method} {path}
        </code>
      </p>
      {description.split('\n\n').map((paragraph) => (
        <p>{plain(paragraph)}</p>
      ))}
      {parameters.length > 0 && (
        <dl>
          {parameters.map(({ name, in: place, required, description: about, schema }) => (
            <>
              <dt>
                <code>{name}</code> <Kind schema={schema} /> · {place}
                {required && ` · ${text('api.required')}`}
              </dt>
              <dd>{plain(about ?? '')}</dd>
            </>
          ))}
        </dl>
      )}
      {body && (
        <>
          <p>{text('api.body', { type: String(type) })}</p>
          <Fields schema={body.schema} />
        </>
      )}
      <p>
        {text('api.answers', { status: String(status) })} {content && <Kind schema={content.schema} />}
      </p>
    </section>
  )
}

function Fields({ schema }: { schema: Json }): Html {
  const { properties, required = [] } = schema as { properties?: Record<string, Json>; required?: string[] }
  if (!properties) {
    return (
      <p>
        <Kind schema={schema} />
      </p>
    )
  }
  return (
    <dl>
      {Object.entries(properties).map(([name, field]) => (
        <>
          <dt>
            <code>{name}</code> <Kind schema={field} />
            {required.includes(name) && ` · ${text('api.required')}`}
            {field['x-level'] !== undefined && ` · ${text('api.level', { level: String(field['x-level']) })}`}
          </dt>
          <dd>{plain(String(field.description ?? ''))}</dd>
        </>
      ))}
    </dl>
  )
}

/** Without the marks of Markdown, which the document may have. */
const plain = (words: string) => words.replaceAll('`', '')

/** A type in few words. */
function Kind({ schema }: { schema: Json }): Html {
  const {
    $ref,
    type,
    enum: options,
    anyOf,
    items,
    format,
    minimum,
    maximum,
    maxLength,
  } = schema as Json & {
    $ref?: string
    enum?: unknown[]
    anyOf?: Json[]
    items?: Json
  }
  if ($ref) {
    const name = $ref.split('/').at(-1) ?? ''
    return <a href={`#schema-${name}`}>{name}</a>
  }
  if (anyOf) {
    return (
      <>
        {anyOf.map((one, at) => (
          <>
            {at > 0 && ' | '}
            <Kind schema={one} />
          </>
        ))}
      </>
    )
  }
  if (items) {
    return (
      <>
        {'[ '}
        <Kind schema={items} />
        {' ]'}
      </>
    )
  }
  if (options) return <>{options.map((option) => JSON.stringify(option)).join(' | ')}</>
  const limits = [
    format,
    minimum !== undefined && `≥ ${String(minimum)}`,
    maximum !== undefined && `≤ ${String(maximum)}`,
    maxLength !== undefined && `≤ ${String(maxLength)}`,
  ].filter(Boolean)
  return <>{[String(type ?? 'any'), ...limits].join(' ')}</>
}
