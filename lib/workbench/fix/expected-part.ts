import {
  type CompiledSet,
  compileActionPattern,
  mayHaveAccess,
  PolicyCompiler,
  type PolicySet,
} from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import { actionTable, actions as catalog } from '#lib/catalog/actions.ts';
import { differenceOf } from '#lib/check/difference.ts';
import { expectedPolicies, observedPolicies } from '#lib/check/policy-sets.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { type PolicyStatement, shortened } from '#lib/compare/policy-statements.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { denialsIn, leastPolicyOf } from '../least-policy.ts';
import type { Survey } from '../survey.ts';
import { demandedOf } from './guard-conditions.ts';
import { type ConditionBlock, conditionOfBoth } from './statement-edits.ts';

type Sets = Expectation & { kind: 'sets' };

/** What is expected of some actions, as statements; undefined where it cannot be written so. */
export function expectedStatements(
  expectation: Sets,
  principal: Principal,
  names: readonly string[],
  survey: Survey,
): readonly object[] | undefined {
  const { policies, guards } = expectation;
  const byDemand = groupBy(names, (name) =>
    JSON.stringify(demandedOf(guards, name) ?? 'more than one block'),
  );
  const identity = compiled({ identity: policies });
  const parts = [...byDemand.values()].map((own) => {
    const demand = demandedOf(guards, own[0]);
    if (demand === undefined) return undefined;
    const live = own.filter((name) => mayHaveAccess(identity, [name]));
    const least = leastFor(identity, principal, live, survey);
    return least && guarded(least.map(shortened), demand);
  });
  if (parts.every((part) => part !== undefined)) return parts.flatMap((part) => part ?? []);
  // Where a guard cannot be one more condition of the Allow, a Deny says it.
  const whole = compiled(expectedPolicies(expectation));
  const live = names.filter((name) => mayHaveAccess(whole, [name]));
  return leastFor(whole, principal, live, survey)?.map(shortened);
}

/** What is expected of some actions of other services, as the sets say it. */
export function expectedElsewhere({ policies }: Sets, names: readonly string[]): readonly object[] {
  return policies.flatMap(({ text }) => {
    const { Statement } = documentSchema.parse(JSON.parse(text));
    return [Statement].flat().flatMap((statement) => {
      const { Sid: _, Effect, Action, ...rest } = statement;
      if (Effect !== 'Allow' || Action === undefined) return [];
      const patterns = [Action].flat().map(compileActionPattern);
      const own = names.filter((name) => patterns.some((matches) => matches(name.toLowerCase())));
      return own.length === 0 ? [] : [{ Effect, Action: own, ...rest }];
    });
  });
}

const documentSchema = z.object({
  Statement: z.union([z.array(statementSchema()), statementSchema()]),
});

function statementSchema() {
  return z.looseObject({
    Effect: z.optional(z.string()),
    Action: z.optional(z.union([z.string(), z.array(z.string())])),
  });
}

/** Statements whose Allows hold under a further condition only; undefined where they cannot be written so. */
function guarded(
  statements: readonly (object & { readonly Effect?: unknown; readonly Condition?: unknown })[],
  demand: ConditionBlock,
): readonly object[] | undefined {
  if (Object.keys(demand).length === 0) return statements;
  const all = statements.map((statement) => {
    if (statement.Effect === 'Deny') return statement;
    const Condition = conditionOfBoth(statement.Condition, demand);
    return Condition && { ...statement, Condition };
  });
  return all.every((one) => one !== undefined) ? all.flatMap((one) => one ?? []) : undefined;
}

/** Deny statements for all that is not expected of some actions; undefined where it cannot be written so. */
export function denialsOf(expectation: Sets, names: readonly string[]): readonly object[] | undefined {
  const { identity, scps = [] } = expectedPolicies(expectation);
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: names, Resource: '*' },
  });
  const levels = identity.length === 0 ? [[nothing]] : [identity];
  const limited = compiled({ identity: [{ name: 'all', type: 'set', text }], scps: [...levels, ...scps] });
  const denies = denialsIn(limited, names)?.map((one) => shortened({ ...one, Action: byVerb(one.Action) }));
  return denies === undefined || denies.length === 0 ? undefined : denies;
}

/** The actions that could be had and were expected before a change, and could not be had in every case after it. */
export function expectedThatIsLost(
  before: Principal,
  after: Principal,
  expectation: Sets,
  { survey, guardrails }: { readonly survey: Survey; readonly guardrails?: Guardrails | undefined },
): readonly string[] {
  const { identity, scps = [] } = expectedPolicies(expectation);
  const observed = observedPolicies(before, guardrails);
  const levels = identity.length === 0 ? [[nothing]] : [identity];
  const both = compiled({ ...observed, scps: [...(observed.scps ?? []), ...levels, ...scps] });
  const { lost, unsettled } = differenceOf(survey.inputFor(after, survey.setOf(after), both));
  return [...lost, ...unsettled].map(({ action }) => action);
}

/** `rekognition:Delete*` for all that there are of them: a Deny may be about those to come, too. */
function byVerb(names: readonly string[]): readonly string[] {
  const own = new Set(names);
  const verbOf = (name: string) => /^rekognition:[A-Z][a-z]+/.exec(name)?.[0];
  const patterns = names.map((name) => {
    const verb = verbOf(name);
    const all = catalog.filter(({ action }) => verbOf(action) === verb);
    return verb !== undefined && all.length > 1 && all.every(({ action }) => own.has(action))
      ? `${verb}*`
      : name;
  });
  return [...new Set(patterns)];
}

const nothing = {
  name: 'nothing',
  type: 'set',
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}',
} as const;

/** IAM stores what nobody can read, and goes by the rest. */
const compiled = (policies: PolicySet): CompiledSet =>
  new PolicyCompiler(actionTable, { unreadable: 'keep' }).compileSet(policies);

function leastFor(
  set: CompiledSet,
  principal: Principal,
  names: readonly string[],
  survey: Survey,
): readonly PolicyStatement[] | undefined {
  const about = new Set(names);
  const actions = catalog.filter(({ action }) => about.has(action));
  return leastPolicyOf({ ...survey.inputFor(principal, set), actions }, names).statements;
}
