// What will happen, with numbers, before an account is merged or deleted.
import { Field, type FormState, FormErrors } from '../html/form.tsx'
import type { Html } from '../html/jsx-runtime.ts'
import type { Page } from '../html/page.ts'
import { paths } from '../paths.ts'
import type { FoundPerson } from '../people/queries.ts'
import { TeamLayout } from '../permissions/team-views.tsx'
import { rich, text } from '../texts/texts.ts'
import { Choices } from './choice-views.tsx'
import { commentChoices, postChoices } from './departure.ts'
import type { Belongings } from './queries.ts'

type Props = { page: Page; person: FoundPerson; belongings: Belongings; form: FormState }

type MergeProps = Props & { into: FoundPerson | undefined; seesAddresses: boolean; hasPage: boolean }

export function MergePage(props: MergeProps): Html {
  const { page, person, belongings, into, seesAddresses, hasPage, form } = props
  const name = <bdi>{person.name}</bdi>
  const { posts, comments, pictures, reactions, subscriptions } = belongings
  return (
    <TeamLayout page={page} section="people" title={text('team.mergeTitle')}>
      <section class="narrow">
        <h1>{text('team.mergeTitle')}</h1>
        <p>{rich('team.mergeIntro', { name })}</p>
        <FormErrors form={form} />
        <form action={paths.admin.personMerge(person.id)}>
          <Field
            form={form}
            name="into"
            label={text('team.mergeInto')}
            hint={seesAddresses ? text('team.whoAllHint') : text('team.whoHint')}
            maxlength={254}
            required
          />
          <button class="second">{text('team.mergeLook')}</button>
        </form>
        {into && (
          <form method="post" action={paths.admin.personMerge(person.id)}>
            <h2>{rich('team.mergeWhat', { name, into: <bdi>{into.name}</bdi> })}</h2>
            <ul>
              <li>{text('team.mergeMoves', { posts, comments, pictures, reactions, subscriptions })}</li>
              <li>{rich('team.mergeRights', { into: <bdi>{into.name}</bdi> })}</li>
              <li>{rich('team.mergeSignIn', { into: <bdi>{into.name}</bdi> })}</li>
              {hasPage && (
                <li>{rich('team.mergeSlug', { from: paths.author(person.slug), to: paths.author(into.slug) })}</li>
              )}
            </ul>
            <p>{text('team.noWayBack')}</p>
            <input type="hidden" name="into" value={String(into.id)} />
            <p class="buttons">
              <button>{text('team.merge')}</button>
              <Back id={person.id} />
            </p>
          </form>
        )}
      </section>
    </TeamLayout>
  )
}

export function DeletionPage({ page, person, belongings, form }: Props): Html {
  const { posts, drafts, comments, reactions, subscriptions, pictures } = belongings
  return (
    <TeamLayout page={page} section="people" title={text('team.deletePerson')}>
      <section class="narrow">
        <h1>{text('team.deletePerson')}</h1>
        <p>{rich('team.deletePersonIntro', { name: <bdi>{person.name}</bdi> })}</p>
        <FormErrors form={form} />
        <form method="post" action={paths.admin.personDeletion(person.id)}>
          <Choices
            form={form}
            name="posts"
            legend={text('team.whatOfPosts', { posts, drafts })}
            words={postChoices.map((choice) => [choice, text('team.postChoice', { choice })])}
            usual="keep"
          />
          <Field form={form} name="to" label={text('team.giveTo')} hint={text('team.whoHint')} maxlength={254} />
          <Choices
            form={form}
            name="comments"
            legend={comments > 0 ? text('team.whatOfComments', { comments }) : text('team.guestComments')}
            words={commentChoices.map((choice) => [choice, text('team.commentChoice', { choice })])}
            usual="keep"
          />
          <p>{text('team.deleteRest', { reactions, subscriptions, pictures })}</p>
          <p>{text('team.noWayBack')}</p>
          <p class="buttons">
            <button>{text('team.deletePerson')}</button>
            <Back id={person.id} />
          </p>
        </form>
      </section>
    </TeamLayout>
  )
}

function Back({ id }: { id: number }): Html {
  return (
    <a class="button second" href={paths.admin.person(id)}>
      {text('team.cancel')}
    </a>
  )
}
