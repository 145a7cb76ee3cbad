/**
 * Grants that are over for good: an Allow until a day that has passed, of what is not expected. No finding, since nobody
 * can use it again, but a note, since it says what somebody once meant.
 */
import { type BoundStatement, type CompiledSet, type Effort, isDate } from '@permission-check/iam-policy';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { merged } from '#lib/plan/chosen-requests.ts';
import { actionName, listed, statementLabel } from '#lib/words/labels.ts';
import type { CheckedSets, Checks, SeenCheck } from './checked-sets.ts';
import { surelyGained } from './difference.ts';

/** A statement that nobody can use again, and until when it was one. */
interface OverGrant {
  readonly statement: BoundStatement;
  readonly until: string;
  /** A moment at which it held. */
  readonly within: string;
}

/** Looked through for all notes of a check at most; what is not settled then is not told. */
const effortOfNotes = 1_000_000;

export class ExpiredGrants {
  readonly #effort: Effort = { left: effortOfNotes };
  readonly #told: { readonly subject: string; readonly sentence: string }[] = [];
  readonly #over = new WeakMap<CompiledSet, readonly OverGrant[]>();

  /** Takes a principal that was checked into account. */
  see({ principal, expectation, findings, result }: SeenCheck, check: Checks): void {
    if (expectation.kind === 'any' || principal.serviceLinked) return;
    const sets = check.setsOf(principal, expectation);
    const found = new Set(findings.flatMap(({ actions }) => actions.map(({ action }) => action)));
    for (const grant of this.#overIn(sets)) {
      const actions = [...this.#unexpected(sets, grant)].filter((action) => !found.has(action));
      if (actions.length === 0) continue;
      const what = listed(actions.map(actionName), 2);
      const sentence =
        `${statementLabel(grant.statement.matched)}, allowed ${what} until ${grant.until}, which is not expected; nobody can ` +
        'use it again, so it can be taken out';
      this.#told.push({ subject: result.subject, sentence });
    }
  }

  /** One sentence for each statement, however many have it. */
  notes(): string[] {
    return [...groupBy(this.#told, ({ sentence }) => sentence)].map(
      ([sentence, all]) => `${listed(all.map(({ subject }) => subject).sort(), 1)}: ${sentence}`,
    );
  }

  #overIn({ observed, expected, inputFor }: CheckedSets): readonly OverGrant[] {
    const known = this.#over.get(observed);
    if (known !== undefined) return known;
    const timed = observed.layers
      .filter(({ layer }) => layer === 'identity')
      .flatMap(({ statements }) => statements)
      .filter(({ compiled }) => compiled.statement.effect === 'Allow' && compiled.matchesTable)
      .filter(({ compiled }) => compiled.statement.conditions.some(({ key }) => CURRENT_TIME.test(key)));
    const now =
      timed.length === 0 ? undefined : inputFor(observed, expected).baseline.context['aws:CurrentTime'];
    const over = typeof now === 'string' ? timed.flatMap((one) => overBy(one, Date.parse(now))) : [];
    this.#over.set(observed, over);
    return over;
  }

  /** The actions that a grant gave while it held, beyond what is expected. */
  #unexpected({ observed, expected, inputFor }: CheckedSets, { statement, within }: OverGrant) {
    const input = inputFor(observed, expected);
    const { context, region } = input.baseline;
    const then = {
      'aws:CurrentTime': within,
      'aws:EpochTime': String(Math.floor(Date.parse(within) / 1000)),
    };
    return surelyGained(
      {
        ...input,
        actions: catalog.filter(({ action }) => statement.compiled.matchesAction(action)),
        baseline: { region, context: merged(context, then) },
      },
      this.#effort,
    );
  }
}

const CURRENT_TIME = /^aws:currenttime$/i;

/** Until when a statement was one, where that is over. */
function overBy(statement: BoundStatement, now: number): readonly OverGrant[] {
  return statement.compiled.statement.conditions.flatMap(
    ({ operator, ifExists, quantifier, key, values }) => {
      if (!CURRENT_TIME.test(key) || ifExists || quantifier !== undefined) return [];
      if (!/^Date(LessThan|LessThanEquals|Equals)$/.test(operator)) return [];
      const moments = values.map((value) => ({ value, at: isDate(value) ? Date.parse(value) : Number.NaN }));
      const [last, ...others] = moments.sort((one, other) => other.at - one.at);
      if (last === undefined || [last, ...others].some(({ at }) => !(at < now))) return [];
      const held = operator === 'DateLessThan' ? last.at - 1000 : last.at;
      return [{ statement, until: last.value, within: `${new Date(held).toISOString().slice(0, 19)}Z` }];
    },
  );
}
