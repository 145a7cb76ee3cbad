import type { Principal } from '#lib/account/types.ts';
import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import type { Expectation, Suppression } from '#lib/expectation/types.ts';
import type { Indirect } from '#lib/reach/indirect.ts';
import { ANYTHING } from '#lib/reach/leave.ts';
import type { Step } from '#lib/reach/steps.ts';
import { counted, listed, policyLabel, subjectName } from '#lib/words/labels.ts';
import { spokenActions } from '#lib/words/verbs.ts';
import { findingId } from './finding-id.ts';
import { worstFirst } from './severity.ts';
import { causeOf, stepWords, versionName } from './step-words.ts';
import type { Finding, FindingAction } from './types.ts';
import { type Unsettled, unknownFindings, unsettledFindings } from './unknown-gains.ts';

/** Something that a principal can come to, and what that opens which is not expected of it. */
export interface Gain {
  readonly indirect: Indirect;
  readonly access: readonly FindingAction[];
  /** Where it opens nothing for all that is known: of what else that leads to nobody can tell. */
  readonly unsettled?: Unsettled;
}

/** All that a principal can come to: itself with more, and others, then or at once. */
export interface Gains {
  readonly grown?: Gain;
  /** One list for principals alike. */
  readonly others: readonly Gain[];
  /** Itself with other policies than it has, and what it comes to then. */
  readonly exchanged: () => readonly Gain[];
  /** Steps of which nobody can tell what they lead to. */
  readonly unknown: () => readonly Step[];
  /** What accepts for a time whatever it can come to. */
  readonly suppressed: () => Suppression | undefined;
}

/** How many of its actions, the worst first, the sentence of such a finding names. */
export const actionsInSentence = 2;

/** A gain that opens something, as it is told; the same for all that have it. */
interface Opening {
  readonly severity: Severity;
  readonly actions: readonly FindingAction[];
  readonly spoken: string;
  /** Somebody else is given what it could give itself, for all that is known of these steps. */
  readonly isRoundabout: boolean;
  readonly told: Told;
}

/** Some steps as they are told. */
interface Told {
  readonly by: Finding['by'];
  readonly causes: readonly string[];
  readonly takes: NonNullable<Finding['takes']>;
  /** For the one who takes the steps: whom they lead to beside himself. */
  readonly words: (principal: Principal) => readonly string[];
  readonly remedies: readonly string[];
}

/** The gain that opens the worst, and how many others open something. */
interface Worst {
  readonly first?: Opening;
  readonly others: number;
}

/** Principals alike have one list of gains. */
const known = new WeakMap<readonly Gain[], Worst>();

/** One finding for all ways in which a principal can give itself, or pass on, what it should not have: the worst. */
export function indirectFinding(
  principal: Principal,
  expectation: Expectation,
  accountId: string,
  gains: Gains,
): Finding[] {
  let exchanges: readonly Gain[] | undefined;
  const exchanged = () => {
    exchanges ??= gains.exchanged();
    return exchanges;
  };
  const found = chosenOf({ ...gains, exchanged });
  if (found === undefined) {
    const all = [...(gains.grown ? [gains.grown] : []), ...gains.others, ...exchanged()];
    const unsettled = all.flatMap((one) => one.unsettled ?? []);
    return [
      ...unknownFindings(principal, expectation, accountId, gains.unknown()),
      ...unsettledFindings(principal, expectation, accountId, unsettled),
    ];
  }
  const { first, told, beside } = found;
  const name = subjectName(principal);
  const more = beside > 0 ? `, and in ${counted(beside, 'other way')}` : '';
  const suppressed = gains.suppressed();
  const causes = [
    ...told.flatMap((one) => one.causes),
    ...(suppressed === undefined ? [] : [`suppressed ${suppressed.principal}`]),
  ];
  return [
    {
      id: findingId(accountId, principal.arn, 'indirect', causes),
      kind: 'indirect',
      severity: first.severity,
      subject: name,
      principalArn: principal.arn,
      actions: first.actions,
      expected: expectation.label,
      ...(expectation.rule === undefined ? {} : { expectedBy: expectation.rule }),
      by: told.flatMap((one) => one.by),
      summary: `${name} can come to ${first.spoken}: ${told.flatMap((one) => one.words(principal)).join(', then ')}${more}.`,
      remedies: [...new Set(told.flatMap((one) => one.remedies))],
      takes: told.flatMap((one) => one.takes),
      ...(suppressed === undefined ? {} : { suppressed }),
    },
  ];
}

/** The gain that is told, with all its steps, and how many others there are. */
function chosenOf({ grown, others, exchanged }: Pick<Gains, 'grown' | 'others' | 'exchanged'>) {
  const own = grown && openingOf(grown);
  const worstOther = known.get(others) ?? worstOf(others);
  known.set(others, worstOther);
  // What takes fewer steps is told of two that open as bad.
  const plain = worseOf(own, worstOther.first);
  // Nothing is worse than the worst: then nobody asks what an exchange of policies would open.
  const isTold = plain?.severity === 'critical' && !plain.isRoundabout;
  const exchange: Worst = isTold ? { others: 0 } : worstOf(exchanged());
  const ways = [own ? 1 : 0, countOf(worstOther), countOf(exchange)];
  const beside = ways.reduce((sum, count) => sum + count, 0) - 1;
  const first = plain?.isRoundabout ? worseOf(exchange.first, plain) : worseOf(plain, exchange.first);
  if (first === undefined) return undefined;
  const grows = grown !== undefined && first === worstOther.first;
  return { first, told: [...(grows ? [toldOf(grown.indirect)] : []), first.told], beside };
}

const countOf = ({ first, others }: Worst): number => (first === undefined ? 0 : 1 + others);

/** The worse of two; the first, where they are as bad. */
function worseOf(one: Opening | undefined, other: Opening | undefined): Opening | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return compareSeverity(one.severity, other.severity) <= 0 ? one : other;
}

function worstOf(gains: readonly Gain[]): Worst {
  const opening = gains
    .filter(({ access }) => access.length > 0)
    .map((gain) => ({ gain, severity: worst(gain.access.map(({ severity }) => severity)) }));
  const [first, ...others] = opening.sort(
    (a, b) =>
      compareSeverity(a.severity, b.severity) || a.gain.indirect.steps.length - b.gain.indirect.steps.length,
  );
  const told = first && openingOf(first.gain);
  return { ...(told && { first: told }), others: others.length };
}

/** Undefined where it opens nothing. */
function openingOf({ indirect, access }: Gain): Opening | undefined {
  if (access.length === 0) return undefined;
  const actions = worstFirst(access);
  const rest = actions.length > actionsInSentence ? ` (+${actions.length - actionsInSentence})` : '';
  return {
    severity: worst(actions.map(({ severity }) => severity)),
    actions,
    spoken: `${spokenActions(actions.slice(0, actionsInSentence).map(({ action }) => action))}${rest}`,
    isRoundabout: indirect.steps.some((step) => step.attached !== undefined && step.target !== undefined),
    told: toldOf(indirect),
  };
}

function toldOf({ steps, alike }: Indirect): Told {
  const words = ({ arn }: Principal) => {
    const others = (alike?.() ?? []).filter((one) => one.arn !== arn);
    return steps.map((step, index) => stepWords(step, index === steps.length - 1 ? others : []));
  };
  return {
    by: steps.flatMap((step) => step.by),
    causes: steps.map(causeOf),
    // What others do by then is not kept from them by what is taken from him.
    takes: steps.flatMap(({ acts, as }) =>
      (as === undefined ? acts : []).map(({ action, resource }) => ({
        action,
        resource: resource === ANYTHING ? '*' : resource,
      })),
    ),
    words,
    remedies: steps.flatMap(remediesOf),
  };
}

function remediesOf({ by, actions, as, version, target }: Step): readonly string[] {
  const whose = as === undefined ? '' : ` of ${subjectName(as)}`;
  return [
    ...by.map(({ policy, statement, layer }) => {
      const at = `statement ${statement.index} of`;
      return layer === 'resource' && target !== undefined
        ? `Take who is not meant to assume it out of ${at} the trust policy of ${subjectName(target)}.`
        : `Take ${listed(actions)} out of ${at} ${policyLabel(policy)}${whose}.`;
    }),
    ...(version ? [`Or delete ${versionName(version)}, if nobody needs it.`] : []),
  ];
}
