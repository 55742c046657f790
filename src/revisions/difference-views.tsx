// What is different between two states of a post, word by word.
import type { Html } from '../html/jsx-runtime.ts'
import { type Details, detailWords } from '../post-details/details.ts'
import { type Piece, differenceOf, folded, sideBySide } from './difference.ts'

const detailNames = Object.keys(detailWords) as (keyof Details)[]

type State = { title: string; tags: string; body: string; details: Partial<Details> }

type DifferencesProps = {
  before: State
  after: State
  body: 'one column' | 'two columns' | 'both'
  /** What the two are called where they stand side by side. */
  names?: [before: string, after: string]
}

export function Differences({ before, after, body, names = ['Before', 'After'] }: DifferencesProps): Html {
  const details = detailNames.filter((name) => (before.details[name] ?? '') !== (after.details[name] ?? ''))
  const isSame = before.title === after.title && before.body === after.body && before.tags === after.tags
  return (
    <>
      {isSame && <p class="quiet">{details.length > 0 ? 'The text is the same.' : 'The texts are the same.'}</p>}
      {details.map((name) => (
        <p class="difference">
          {detailWords[name]}: <Pieces pieces={differenceOf(before.details[name] ?? '', after.details[name] ?? '')} />
        </p>
      ))}
      {before.title !== after.title && (
        <p class="difference">
          <Pieces pieces={differenceOf(before.title, after.title)} />
        </p>
      )}
      {before.tags !== after.tags && (
        <p class="difference">
          Tags: <Pieces pieces={differenceOf(before.tags, after.tags)} />
        </p>
      )}
      {before.body !== after.body && (
        <BodyDifference pieces={differenceOf(before.body, after.body)} as={body} names={names} />
      )}
    </>
  )
}

type BodyProps = { pieces: Piece[]; as: DifferencesProps['body']; names: [string, string] }

function BodyDifference({ pieces, as, names }: BodyProps): Html {
  if (as === 'two columns') return <SideBySide pieces={pieces} names={names} />
  return (
    <>
      <div class="difference">
        <Pieces pieces={pieces} />
      </div>
      {as === 'both' && (
        <details>
          <summary>Side by side</summary>
          <SideBySide pieces={pieces} names={names} />
        </details>
      )}
    </>
  )
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

function SideBySide({ pieces, names }: { pieces: Piece[]; names: [string, string] }): Html {
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
        {folded(sideBySide(pieces)).map((row) =>
          'skipped' in row ? (
            <tr>
              <td colspan={2} class="quiet">
                {row.skipped === 1 ? 'A line that is the same' : `${row.skipped} lines that are the same`}
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
      </tbody>
    </table>
  )
}
