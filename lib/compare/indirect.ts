import type { PolicySource } from '@permission-check/iam-policy';
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
import type { Finding, FindingAction } from './types.ts';

/** Something that a principal can come to, and what that opens which is not expected of it. */
export interface Gain {
  readonly indirect: Indirect;
  readonly access: readonly FindingAction[];
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
  const found = chosenOf(gains);
  if (found === undefined) return unknownFindings(principal, expectation, accountId, gains.unknown());
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

/** Where it comes to nothing that is known to be too much, what nobody can tell is told. */
function unknownFindings(
  principal: Principal,
  { label, rule }: Expectation,
  accountId: string,
  steps: readonly Step[],
): Finding[] {
  const name = subjectName(principal);
  return steps.flatMap((step): Finding[] => {
    const { version } = step;
    if (version === undefined) return [];
    return [
      {
        id: findingId(accountId, principal.arn, 'inconclusive', [causeOf(step)]),
        kind: 'inconclusive',
        // It may say anything.
        severity: 'critical',
        subject: name,
        principalArn: principal.arn,
        actions: [],
        expected: label,
        ...(rule && { expectedBy: rule }),
        by: step.by,
        summary: `What ${name} can come to is not known: ${stepWords(step, [])}, and what that version says cannot be read.`,
        remedies: [`Read ${versionName(version)}, or delete it.`],
      },
    ];
  });
}

/** The gain that is told, with all its steps, and how many others there are. */
function chosenOf({ grown, others, exchanged }: Pick<Gains, 'grown' | 'others' | 'exchanged'>) {
  const own = grown && openingOf(grown);
  const worstOther = known.get(others) ?? worstOf(others);
  known.set(others, worstOther);
  // What takes fewer steps is told of two that open as bad.
  const plain = worseOf(own, worstOther.first);
  // Nothing is worse than the worst: then nobody asks what an exchange of policies would open.
  const exchange: Worst = plain?.severity === 'critical' ? { others: 0 } : worstOf(exchanged());
  const ways = [own ? 1 : 0, countOf(worstOther), countOf(exchange)];
  const beside = ways.reduce((sum, count) => sum + count, 0) - 1;
  const first = worseOf(plain, exchange.first);
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
    takes: steps.flatMap(({ acts }) =>
      acts.map(({ action, resource }) => ({ action, resource: resource === ANYTHING ? '*' : resource })),
    ),
    words,
    remedies: steps.flatMap((step) => [
      ...step.by.map(
        ({ policy, statement }) =>
          `Take ${listed(step.actions)} out of statement ${statement.index} of ${policyLabel(policy)}.`,
      ),
      ...(step.version ? [`Or delete ${versionName(step.version)}, if nobody needs it.`] : []),
    ]),
  };
}

function causeOf({ escalation, target, group, version, attached, boundary }: Step): string {
  const given =
    attached?.name ?? boundary?.name ?? (escalation.leads.endsWith('-joined') ? group : undefined);
  if (given !== undefined && target === undefined) return `${escalation.id} ${given}`;
  const name = target === undefined ? '' : subjectName(target);
  const cause = `${escalation.id} ${given === undefined ? name : `${name} ${given}`}`;
  return version === undefined ? cause : `${cause} ${version.arn} ${version.versionId}`;
}

/** `version v2 of policy/deployers` */
function versionName({ name, versionId }: PolicySource): string {
  return `version ${versionId} of policy/${name}`;
}

/** ` (or role/a, role/b and 3 more)` */
function othersWords(others: readonly Principal[]): string {
  return others.length === 0 ? '' : ` (or ${listed(others.map(subjectName), 2)})`;
}

/** `it may call iam:PutRolePolicy for itself`, `it may pass role/faces to lambda.amazonaws.com`. */
function stepWords(
  { escalation, actions, target, group, tags = {}, version, attached, boundary }: Step,
  alike: readonly Principal[],
): string {
  const names = listed(actions);
  const switched = version === undefined ? '' : versionName(version);
  const whom = target === undefined ? '' : `${subjectName(target)}${othersWords(alike)}`;
  const written = attached ? `attach ${attached.name} to ${whom}` : `write the policies of ${whom}`;
  switch (escalation.leads) {
    case 'self':
      return `it may call ${names} for itself`;
    case 'unbounded':
      return `it may lift its own boundary (${names})`;
    case 'joined':
      return `it may join group/${group} (${names})`;
    case 'attached':
      return `it may attach ${attached?.name} to itself (${names})`;
    case 'rebounded':
      return `it may make ${boundary?.name} its boundary (${names})`;
    case 'undenied':
      return `it may take away what denies it (${names})`;
    case 'tagged':
      return `it may tag itself ${listed(Object.entries(tags).map(([key, value]) => `${key}=${value}`))} (${names})`;
    case 'user':
      return `it may sign in as ${whom} (${names})`;
    case 'role':
      return `it may let itself assume ${whom} (${names})`;
    case 'role-unbounded':
      return `it may lift the boundary of ${whom} and assume it (${names})`;
    case 'role-with-anything':
      return `it may ${written} and assume it (${names})`;
    case 'user-with-anything':
      return `it may ${written} and sign in as it (${names})`;
    case 'user-joined':
      return `it may put ${whom} in group/${group} and sign in as it (${names})`;
    case 'new-joined':
      return `it may make a user in group/${group} (${names})`;
    case 'switched':
      return `it may make ${switched} the default (${names})`;
    case 'role-switched':
      return `it may make ${switched} the default and assume ${whom} (${names})`;
    case 'user-switched':
      return `it may make ${switched} the default and sign in as ${whom} (${names})`;
    case 'new-principal':
      return `it may make a principal with ${attached?.name ?? 'any policy'}${boundary ? ` within boundary ${boundary.name}` : ''} (${names})`;
    case 'service':
      return `it may hand ${whom} to ${escalation.service} (${names})`;
    case 'service-with-anything':
      return `it may ${written} and hand it to ${escalation.service} (${names})`;
  }
}
