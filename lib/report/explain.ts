import type { AccessCases, DecisionKind, PolicySource, Request } from '@permission-check/iam-policy';
import { type BoundStatement, type CompiledSet, contextValue, decide } from '@permission-check/iam-policy';
import type { Dependency } from '#lib/catalog/dependent-permissions.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import type { NearMiss } from '#lib/compare/near-misses.ts';
import type { Verdict } from '#lib/compare/verdict.ts';
import type { SourceLocation } from '#lib/expectation/types.ts';
import type { Evidence } from '#lib/observe/types.ts';
import { accessWords } from '#lib/words/access.ts';
import { conditionWords } from '#lib/words/conditions.ts';
import { escapeText } from '#lib/words/escape.ts';
import { policyLabel, statementPlace } from '#lib/words/labels.ts';
import { layerLabel } from '#lib/words/layers.ts';
import { scopeWords } from '#lib/words/scopes.ts';
import { wrap } from './wrap.ts';

/** A condition that access meets and nobody demands, in words. */
export interface ShownNarrowing {
  /** `over TLS` */
  readonly only: string;
  /** The statement that sees to it. */
  readonly by: string;
  /** The guard that would demand it, as a rule has it: `{ tls: true }`. */
  readonly guard: string;
}

export interface Explanation {
  /** `role/shop-search` */
  readonly subject: string;
  /** `normal` is false of one that the team does not normally send. */
  readonly request: Request & { readonly normal?: boolean };
  /** The principal's policies, layer by layer. */
  readonly set: CompiledSet;
  /** What the sources reported of the same request. */
  readonly evidence?: readonly Evidence[];
  /** What is taken for true; absent: what the policies say. */
  readonly verdict?: Verdict;
  /** In which cases the action is allowed: on this resource, and on any `kind`. */
  readonly access?: { readonly here: AccessCases; readonly anywhere: AccessCases; readonly kind?: string };
  /** The context keys in which the request is not the team's normal one; `undefined`: it lacks the key. */
  readonly differs?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** `decision` is absent where anything goes. */
  readonly expected?: {
    readonly label: string;
    readonly decision?: DecisionKind;
    readonly by?: SourceLocation;
    /** What the request lacks of the guards: `without MFA`. */
    readonly unmet?: readonly string[];
    /** Beyond normal requests, less is allowed than is expected. */
    readonly narrower?: readonly ShownNarrowing[];
  };
  /** The statement that was to allow it, and what is wrong with it. */
  readonly nearMiss?: Pick<NearMiss, 'why' | 'remedy'>;
  /** What calls of the operation may take beside the action, and the principal does not have. */
  readonly beside?: readonly Dependency[];
}

/** How one statement about the action meets the request. */
export interface Meeting {
  readonly bound: BoundStatement;
  readonly applies: boolean;
  /** `but only on collection/shop-*`, `but only from 198.51.100.0/24 (asked: 203.0.113.10)` */
  readonly but?: string;
}

function askedValue(key: string, { context }: Request): string {
  const value = contextValue(context, key);
  return value === undefined ? 'absent' : typeof value === 'string' ? value : value.join(', ');
}

function meet(bound: BoundStatement, request: Request, bounded: boolean): Meeting {
  const { compiled, matched } = bound;
  const { statement } = compiled;
  if (!compiled.matchesResource(request.resource, request.context)) {
    const scope = scopeWords([{ by: [matched], request }]) ?? (statement.resources ?? []).join(', ');
    const patterns = statement.notResource ? [] : (statement.resources ?? []);
    return { bound, applies: false, but: `but only on ${scope}${noVariables(bound, patterns)}` };
  }
  if (compiled.matchesPrincipal(request.context, bounded) === 'none') {
    return { bound, applies: false, but: 'but for other principals' };
  }
  const failing = compiled.tests.filter((test) => !test.matches(request.context)).map(({ test }) => test);
  const words = conditionWords(failing);
  if (words === undefined) return { bound, applies: true };
  const asked = failing.map(({ key }) => askedValue(key, request)).join('; ');
  const values = failing.flatMap((test) => test.values);
  return { bound, applies: false, but: `but only ${words} (asked: ${asked})${noVariables(bound, values)}` };
}

/** That what looks like a policy variable is none: documents have them from Version 2012-10-17 on. */
function noVariables({ compiled }: BoundStatement, texts: readonly string[]): string {
  const [variable] = texts.flatMap((text) => /\$\{[^}]*\}/.exec(text) ?? []);
  if (variable === undefined || compiled.version === '2012-10-17') return '';
  return `; ${variable} is plain text, as the document lacks "Version": "2012-10-17"`;
}

function layerLines(name: string, meetings: readonly Meeting[], policy?: PolicySource): string[] {
  const label = `  ${name.padEnd(10)} `;
  const whose = policy === undefined ? '' : `${policyLabel(policy)}: `;
  if (meetings.length === 0) return [`${label}${whose}no statement is about this action`];
  return meetings.flatMap(({ bound, but }, i) => {
    const effect = bound.compiled.statement.effect === 'Allow' ? 'allows' : 'denies';
    const where = `${policyLabel(bound.matched.policy)}, ${statementPlace(bound.matched)}`;
    return wrap(
      escapeText(`${where}: ${effect}${but === undefined ? '' : `, ${but}`}`, 600),
      i === 0 ? label : ' '.repeat(label.length),
      100,
    );
  });
}

/** A layer in words; what does not come through a VPC endpoint is not bound by its policy. */
function layerText(layer: CompiledSet['layers'][number], explanation: Explanation): string {
  const name = layerLabel(layer.layer);
  const endpoint = layer.statements.find(({ implied }) => implied)?.matched.policy;
  if (endpoint !== undefined && isOutside(layer, explanation.request)) {
    return `  ${name.padEnd(10)} the request does not come through ${endpoint.name}`;
  }
  return layerLines(name, meetingsOf(layer, explanation), endpoint).join('\n');
}

/** Whether a layer is a VPC endpoint's policy, and the request does not come through the endpoint. */
const isOutside = ({ statements }: CompiledSet['layers'][number], { context }: Request): boolean =>
  statements.some(({ implied, compiled }) => implied && compiled.matchesConditions(context));

/** The statements of a layer that are about the action: Denies that apply first, then Allows that do, then the others. */
export function meetingsOf(
  layer: CompiledSet['layers'][number],
  { request, set }: Pick<Explanation, 'request' | 'set'>,
): Meeting[] {
  const about = layer.statements.filter(
    ({ compiled, implied }) => !implied && compiled.matchesAction(request.action),
  );
  if (isOutside(layer, request)) {
    return about.map((bound) => ({ bound, applies: false, but: 'but only what comes through the endpoint' }));
  }
  return about.map((bound) => meet(bound, request, set.bounded)).sort((a, b) => order(a) - order(b));
}

const shortResource = (resource: string): string => resource.split(':').slice(5).join(':') || resource;

const order = ({ applies, bound }: Meeting): number =>
  applies ? (bound.compiled.statement.effect === 'Deny' ? 0 : 1) : 2;

function answerWords({ decision, blockedBy }: Pick<Verdict, 'decision' | 'blockedBy'>): string {
  if (decision === 'inconclusive') return 'INCONCLUSIVE';
  if (decision === 'allowed') return 'ALLOWED';
  const how = decision === 'explicitDeny' ? 'explicit' : 'implicit';
  return `DENIED (${how}${blockedBy === undefined ? '' : `, ${layerLabel(blockedBy)}`})`;
}

function contextWords(differs: Explanation['differs'] = {}): string {
  const words = Object.entries(differs).map(([key, value]) =>
    value === undefined ? `without ${key}` : `with ${key} ${[value].flat().join(', ')}`,
  );
  return words.length === 0 ? '' : `, ${words.join(', ')}`;
}

const SHOWN_WAYS = 8;

/** In which cases it is, or would be, allowed, in words; absent: more than can be listed. */
export function waysOf(
  { here, anywhere, kind }: NonNullable<Explanation['access']>,
  allowed: boolean,
): readonly string[] | undefined {
  if (!anywhere.complete) return undefined;
  const onThis = here.complete ? accessWords(here.cases, undefined) : [];
  return !allowed && onThis.length > 0 ? onThis : accessWords(anywhere.cases, kind);
}

/** What it would take, or what it depends on. */
function accessLines({ access }: Explanation, allowed: boolean): string[] {
  if (access === undefined) return [];
  const { kind } = access;
  const ways = waysOf(access, allowed);
  if (ways === undefined) return ['It is allowed in more cases than can be listed.'];
  if (ways.length === 0) return ['It is never allowed.'];
  const always = kind === undefined ? '' : `on every ${kind}`;
  if (allowed && ways.some((way) => way === always)) return [];
  const start = allowed ? 'It is allowed only' : 'It would be allowed';
  // Only what limits it.
  const limits =
    allowed && always !== '' && ways.every((way) => way.startsWith(`${always} `))
      ? ways.map((way) => way.slice(always.length + 1))
      : ways;
  const shown = limits.slice(0, SHOWN_WAYS).map((way) => way || 'always');
  const hidden = limits.length - shown.length;
  if (hidden > 0) shown.push(`and in ${hidden} more cases`);
  const [only] = shown;
  return shown.length === 1
    ? wrap(escapeText(`${start} ${only}.`), '', 100)
    : [`${start}`, ...shown.flatMap((way) => wrap(escapeText(way), '  ', 100))];
}

/** What is wrong with the statement that was to allow it. */
function nearMissLines({ nearMiss }: Explanation): string[] {
  if (nearMiss === undefined) return [];
  const why = `${nearMiss.why.charAt(0).toUpperCase()}${nearMiss.why.slice(1)}`;
  return wrap(escapeText(`${why}${why.endsWith('?') ? '' : '.'} ${nearMiss.remedy}`, 800), '', 100);
}

/** What an allowed call still fails for, permissions with the same reason together. */
function besideLines({ beside = [] }: Explanation): string[] {
  return [...groupBy(beside, ({ when }) => when)].flatMap(([when, lacking]) => {
    const actions = lacking.map(({ action }) => action).join(' and ');
    const reason = when.replace(/^always(: |, |$)/, '');
    const inWhich = /^when /.test(reason) ? ` ${reason}` : reason === '' ? '' : ` (${reason})`;
    return wrap(escapeText(`The call will still fail${inWhich}: no policy allows ${actions}.`, 400), '', 100);
  });
}

/** Whether the answer is as expected; absent where anything goes, or nothing certain is known. */
export function isExpected({ expected }: Explanation, answer: Verdict['decision']): boolean | undefined {
  if (expected?.decision === undefined || answer === 'inconclusive') return undefined;
  return (answer === 'allowed') === (expected.decision === 'allowed');
}

function expectedLines(explanation: Explanation, answer: Verdict['decision']): string[] {
  const { expected } = explanation;
  const asExpected = isExpected(explanation, answer);
  if (expected === undefined) return [];
  const { label, by, unmet = [], narrower = [] } = expected;
  const place = by === undefined ? '' : ` (${by.file}:${by.line})`;
  const outcome =
    asExpected === undefined
      ? ''
      : asExpected
        ? ': as expected'
        : answer === 'allowed'
          ? `: NOT EXPECTED to be allowed${unmet.map((words) => ` ${words}`).join(',')}`
          : explanation.request.normal === false
            ? ': expected to be allowed, and no finding, since no normal request is like that'
            : ': EXPECTED to be allowed';
  return [
    ...wrap(escapeText(`${label}${place}${outcome}`, 600), `  ${'expected'.padEnd(10)} `, 100),
    ...narrower.flatMap(({ only, by: statement, guard }) => {
      const words = `than expected, only ${only}: ${statement}; a guard that says so: ${guard}`;
      return wrap(escapeText(words), `  ${'narrower'.padEnd(10)} `, 100);
    }),
  ];
}

/**
 * Why a request is allowed or denied: every layer with the statements that are about its action, and what keeps those
 * that do not apply from applying; what other sources say and what was expected; and what it would take. Ends with a
 * newline.
 */
export function renderExplanation(explanation: Explanation): string {
  const { subject, request, set, evidence = [], differs } = explanation;
  const verdict = explanation.verdict ?? decide(set, request);
  const layers = set.layers.map((layer) => layerText(layer, explanation));
  const on = request.resource === '*' ? '' : ` on ${shortResource(request.resource)}`;
  const others = evidence.filter(({ kind }) => kind !== 'evaluated');
  return `${[
    escapeText(`${subject} → ${request.action}${on}${contextWords(differs)}: ${answerWords(verdict)}`, 800),
    // Levels of an organization are often alike.
    ...new Set(layers),
    ...others.flatMap(({ kind, decision, reason }) =>
      wrap(
        `${decision}${reason === undefined ? '' : `: ${escapeText(reason, 300)}`}`,
        `  ${kind.padEnd(10)} `,
        100,
      ),
    ),
    ...expectedLines(explanation, verdict.decision),
    ...accessLines(explanation, verdict.decision === 'allowed'),
    ...nearMissLines(explanation),
    ...(verdict.decision === 'allowed' ? besideLines(explanation) : []),
  ].join('\n')}\n`;
}
