// What is different between two states of a post, word by word.
import type { Html } from '../html/jsx-runtime.ts'
import { type Details, detailWords } from '../post-details/details.ts'
import { rich, text } from '../texts/texts.ts'
import type { Comparison } from './compare.ts'
import { type Layout, type Piece, quickDifference, wholeTexts } from './difference.ts'

const detailNames = Object.keys(detailWords) as (keyof Details)[]

type DifferencesProps = {
  comparison: Comparison
  as: 'one column' | 'two columns' | 'both'
  /** What the two are called where they stand side by side. */
  names?: [before: string, after: string]
}

export function Differences({
  comparison: { before, after, body },
  as,
  names = [text('revisions.columnBefore'), text('revisions.columnAfter')],
}: DifferencesProps): Html {
  const details = detailNames.filter((name) => (before.details[name] ?? '') !== (after.details[name] ?? ''))
  const isSame = before.title === after.title && before.body === after.body && before.tags === after.tags
  return (
    <>
      {isSame && <p class="quiet">{details.length > 0 ? text('revisions.sameText') : text('revisions.sameTexts')}</p>}
      {details.map((name) => (
        <p class="difference">
          {rich('revisions.detail', {
            name: detailWords[name],
            difference: <ShortDifference before={before.details[name] ?? ''} after={after.details[name] ?? ''} />,
          })}
        </p>
      ))}
      {before.title !== after.title && (
        <p class="difference">
          <ShortDifference before={before.title} after={after.title} />
        </p>
      )}
      {before.tags !== after.tags && (
        <p class="difference">
          {rich('revisions.tagsDetail', {
            difference: <ShortDifference before={before.tags} after={after.tags} />,
          })}
        </p>
      )}
      {before.body !== after.body &&
        (body ? (
          <BodyDifference {...body} as={as} names={names} />
        ) : (
          <BothTexts before={before.body} after={after.body} />
        ))}
    </>
  )
}

type BodyProps = Layout & { as: DifferencesProps['as']; names: [string, string] }

function BodyDifference({ pieces, as, ...sides }: BodyProps): Html {
  if (as === 'two columns') return <SideBySide {...sides} />
  return (
    <>
      <div class="difference">
        <Pieces pieces={pieces} />
      </div>
      {as === 'both' && (
        <details>
          <summary>{text('revisions.sideBySide')}</summary>
          <SideBySide {...sides} />
        </details>
      )}
    </>
  )
}

function BothTexts({ before, after }: { before: string; after: string }): Html {
  return (
    <>
      <p>{text('revisions.tooDifferent')}</p>
      <div class="difference">
        <Pieces pieces={wholeTexts(before, after)} />
      </div>
    </>
  )
}

/** Of a line or two. */
function ShortDifference({ before, after }: { before: string; after: string }): Html {
  return <Pieces pieces={quickDifference(before, after) ?? wholeTexts(before, after)} />
}

/** Never by colour alone: what came is underlined, what went is struck through, and both are named to a screen reader. */
function Pieces({ pieces }: { pieces: Piece[] }): Html {
  return (
    <>
      {pieces.map(({ text, change }, index) => {
        if (change === 'same') return text
        // A word that went and the one that came instead are two words.
        const kind = (pieces[index - 1]?.change ?? 'same') === 'same' ? undefined : 'apart'
        return change === 'added' ? <ins class={kind}>{text}</ins> : <del class={kind}>{text}</del>
      })}
    </>
  )
}

function SideBySide({ rows, rowsLeftOut, names }: Omit<BodyProps, 'pieces' | 'as'>): Html {
  return (
    <table class="sides">
      <thead>
        <tr>
          {names.map((name) => (
            <th scope="col">{name}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) =>
          'skipped' in row ? (
            <tr>
              <td colspan={2} class="quiet">
                {text('revisions.sameLines', { count: row.skipped })}
              </td>
            </tr>
          ) : (
            <tr>
              <td>
                <Pieces pieces={row.before} />
              </td>
              <td>
                <Pieces pieces={row.after} />
              </td>
            </tr>
          ),
        )}
        {rowsLeftOut > 0 && (
          <tr>
            <td colspan={2} class="quiet">
              {text('revisions.tooLong')}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  )
}
