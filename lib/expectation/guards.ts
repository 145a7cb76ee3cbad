import type { PolicySource } from '@permission-check/iam-policy';
import { isDate, isIpRange, readPolicy } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import type { Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { opposite } from '#lib/words/access.ts';
import { conditionWords } from '#lib/words/conditions.ts';
import { problemOfAction } from './action-patterns.ts';
import { isDay } from './day.ts';
import { listOf } from './list.ts';
import type { Complain, KeyPath } from './located.ts';
import type { GuardInput } from './schema.ts';
import { conditionTexts, documentOf, isSound } from './statements.ts';
import type { Guard } from './types.ts';

/** A guard, and for whom it holds. */
export interface ScopedGuard {
  readonly guard: Guard;
  readonly appliesTo: 'users' | 'roles' | 'both';
}

export function guardApplies({ appliesTo }: ScopedGuard, { kind }: Pick<Principal, 'kind'>): boolean {
  return appliesTo === 'both' || appliesTo === `${kind}s`;
}

/** Operator → context key → values, as in a policy. */
type Condition = Record<string, Record<string, readonly string[]>>;

/** One condition of a guard, and how a finding calls access that lacks it. */
interface Demand {
  readonly condition: Condition;
  readonly without: string;
}

/**
 * A guard as a policy: what it covers, it allows under its condition only; everything else it allows. Undefined
 * when something is wrong with it, which has then been complained about.
 *
 * @param at where the file has it
 */
export function readGuard(
  name: string,
  input: GuardInput,
  at: KeyPath,
  complain: Complain,
): ScopedGuard | undefined {
  let sound = true;
  const refuse = (message: string, key?: keyof GuardInput) => {
    sound = false;
    complain(message, key === undefined ? at : [...at, key]);
  };
  const covered = coveredActions(input, refuse);
  const demands = demandsOf(name, input, refuse);
  if (demands.length === 0 && sound) {
    refuse('a guard needs a condition: mfa, tls, source-ip, between or condition');
  }
  const condition = merged(demands, refuse);
  const statement = { Effect: 'Allow' as const, Action: [...covered], Resource: '*', Condition: condition };
  if (!sound || !isSound(statement, at, complain)) return undefined;
  const policy: PolicySource = {
    name,
    type: 'set',
    text: documentOf([
      { Sid: 'Covered', ...statement },
      { Sid: 'NotCovered', Effect: 'Allow', NotAction: covered, Resource: '*' },
    ]),
  };
  const without = input.without ?? demands.map((demand) => demand.without).join(' or ');
  return { guard: { name, without, policy }, appliesTo: input['applies-to'] ?? 'both' };
}

const parsedStatements = z.object({
  Statement: z.union([z.array(z.record(z.string(), z.unknown())), z.record(z.string(), z.unknown())]),
});

const statementsIn = ({ text }: PolicySource): readonly Readonly<Record<string, unknown>>[] =>
  [parsedStatements.parse(JSON.parse(text)).Statement].flat();

/** A guard that does not hold for what some policies allow. */
export function exempting(scoped: ScopedGuard, policies: readonly PolicySource[]): ScopedGuard {
  const allowed = policies
    .flatMap(statementsIn)
    .flatMap(({ Sid: _, ...one }) => (one.Effect === 'Allow' ? [one] : []));
  if (allowed.length === 0) return scoped;
  const { guard } = scoped;
  const text = documentOf([...statementsIn(guard.policy), ...allowed]);
  return { ...scoped, guard: { ...guard, policy: { ...guard.policy, text } } };
}

type Refuse = (message: string, key?: keyof GuardInput) => void;

function coveredActions(input: GuardInput, refuse: Refuse): readonly string[] {
  const levels = input['access-levels'];
  if (levels === undefined) {
    const patterns = listOf(input.actions ?? 'rekognition:*');
    if (patterns.length === 0) refuse('name at least one action', 'actions');
    for (const pattern of patterns) {
      const problem = problemOfAction(pattern);
      if (problem !== undefined) refuse(problem, 'actions');
    }
    return patterns;
  }
  if (input.actions !== undefined) refuse('give actions or access-levels, not both', 'access-levels');
  const covered = actions.filter(({ accessLevels }) => accessLevels.some((level) => levels.includes(level)));
  if (covered.length === 0) refuse('Rekognition has no action of these levels', 'access-levels');
  return covered.map(({ action }) => action);
}

function demandsOf(name: string, input: GuardInput, refuse: Refuse): Demand[] {
  const demands: Demand[] = [];
  if (input.mfa) {
    demands.push({ condition: { Bool: { 'aws:MultiFactorAuthPresent': ['true'] } }, without: 'without MFA' });
  }
  if (input.tls) {
    demands.push({ condition: { Bool: { 'aws:SecureTransport': ['true'] } }, without: 'without TLS' });
  }
  const ranges = listOf(input['source-ip'] ?? []);
  for (const range of ranges) {
    if (!isIpRange(range)) refuse(`"${range}" is not an IP address or CIDR range`, 'source-ip');
  }
  if (ranges.length > 0) {
    const without = `from outside ${ranges.join(', ')}`;
    demands.push({ condition: { IpAddress: { 'aws:SourceIp': ranges } }, without });
  } else if (input['source-ip'] !== undefined) refuse('name at least one range', 'source-ip');
  if (input.between !== undefined) {
    const [from, until] = input.between;
    const window = dateWindow(from, until);
    if (typeof window === 'string') refuse(window, 'between');
    else demands.push({ condition: window, without: `outside ${from}…${until}` });
  }
  if (input.condition !== undefined) {
    const condition = conditionTexts(input.condition);
    demands.push({
      condition,
      without: oppositeWords(condition) ?? `without the condition of guard "${name}"`,
    });
  }
  return demands;
}

/** When a condition does not hold, where IAM's language can say it: `outside eu-west-1`. */
function oppositeWords(condition: Condition): string | undefined {
  const text = documentOf([{ Effect: 'Allow', Action: '*', Resource: '*', Condition: condition }]);
  const { statements } = readPolicy(text);
  const [test, ...others] = statements.flatMap(({ conditions }) => conditions);
  const turned = test && others.length === 0 ? opposite(test) : undefined;
  return turned && conditionWords([turned]);
}

/** From the start of the first to the end of the last; days are whole days in UTC. */
function dateWindow(from: string, until: string): Condition | string {
  const start = isDay(from) ? `${from}T00:00:00Z` : from;
  // The last second of a day has parts: access that ends where the next day begins ends with it.
  const end = isDay(until) ? `${until}T23:59:59.999Z` : until;
  for (const moment of [start, end]) {
    if (!/^\d{4}-\d\d-\d\dT/.test(moment) || !isDate(moment)) {
      return `"${moment}" is neither a day nor a moment in ISO 8601`;
    }
  }
  if (Date.parse(start) > Date.parse(end)) return `${from} is after ${until}`;
  return {
    DateGreaterThanEquals: { 'aws:CurrentTime': [start] },
    DateLessThanEquals: { 'aws:CurrentTime': [end] },
  };
}

/** All demands as one Condition block, in which every line must hold. */
function merged(demands: readonly Demand[], refuse: Refuse): Record<string, Record<string, string[]>> {
  const all: Record<string, Record<string, string[]>> = {};
  for (const [operator, tests] of demands.flatMap(({ condition }) => Object.entries(condition))) {
    const block: Record<string, string[]> = all[operator] ?? Object.create(null);
    all[operator] = block;
    for (const [key, values] of Object.entries(tests)) {
      if (block[key] !== undefined) refuse(`${operator} ${key} is demanded twice; keep one`, 'condition');
      block[key] = [...values];
    }
  }
  return all;
}
