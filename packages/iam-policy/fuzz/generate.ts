import fc from 'fast-check';
import { OPERATORS, type Operator } from '../src/operators.ts';
import type { ConditionBlock, FuzzCase, OneOrMany, RawPolicy, RawStatement } from './case.ts';
import { pick, swapCase, type Variation, varyAction, varyResource, varyValue } from './vary.ts';
import { ACTIONS, KEYS, type KeyType, OTHER_ACCOUNT, PRINCIPAL_VALUES, PRINCIPALS } from './vocabulary.ts';

/**
 * Policies are made from recipes that are applied to the request, so that most patterns and values just match or
 * just fail; recipes are plain numbers and shrink well.
 */
type Request = FuzzCase['request'];

const variation = fc.record({ way: fc.nat(31), at: fc.nat(63) });

interface TestRecipe {
  key: number;
  operator: number;
  /** 0: none, 1: ForAllValues, 2: ForAnyValue. */
  quantifier: number;
  ifExists: boolean;
  /** Chooses the key's spelling and whether a single value stands alone. */
  spelling: number;
  values: Variation[];
}

const testRecipe: fc.Arbitrary<TestRecipe> = fc.record({
  key: fc.nat(KEYS.length - 1),
  operator: fc.nat(63),
  quantifier: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.nat(2) }),
  ifExists: fc.boolean(),
  spelling: fc.nat(15),
  values: fc.array(variation, { minLength: 1, maxLength: 3 }),
});

interface StatementRecipe {
  deny: boolean;
  notAction: boolean;
  notResource: boolean;
  actions: Variation[];
  resources: Variation[];
  tests: TestRecipe[];
  principals: number[];
  notPrincipal: boolean;
  spelling: number;
}

const oneIn = (n: number): fc.Arbitrary<boolean> => fc.nat(n - 1).map((value) => value === n - 1);

const statementRecipe: fc.Arbitrary<StatementRecipe> = fc.record({
  deny: oneIn(7),
  notAction: oneIn(8),
  notResource: oneIn(7),
  actions: fc.array(variation, { minLength: 1, maxLength: 2 }),
  resources: fc.array(variation, { minLength: 1, maxLength: 2 }),
  tests: fc.array(testRecipe, { maxLength: 2 }),
  principals: fc.array(fc.nat(PRINCIPAL_VALUES.length), { minLength: 1, maxLength: 2 }),
  notPrincipal: oneIn(3),
  spelling: fc.nat(15),
});

interface PolicyRecipe {
  version: number;
  statements: StatementRecipe[];
}

const policyRecipe = (maxLength: number): fc.Arbitrary<PolicyRecipe> =>
  fc.record({ version: fc.nat(11), statements: fc.array(statementRecipe, { minLength: 1, maxLength }) });

/** Present in one of n cases. */
const optional = <T>(arbitrary: fc.Arbitrary<T>, n: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: n - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const levels = fc.array(fc.array(policyRecipe(2), { minLength: 1, maxLength: 2 }), {
  minLength: 1,
  maxLength: 2,
});

interface RequestRecipe {
  action: number;
  resource: number;
  principal: number;
  spelling: number;
  /** One in eight resources belongs to another account. */
  owner: number;
  context: { key: number; value: number; more: number[] }[];
}

const requestRecipe: fc.Arbitrary<RequestRecipe> = fc.record({
  action: fc.nat(ACTIONS.length - 1),
  resource: fc.nat(31),
  principal: fc.nat(PRINCIPALS.length - 1),
  spelling: fc.nat(15),
  owner: fc.nat(7),
  context: fc.array(
    fc.record({
      key: fc.nat(KEYS.length - 1),
      value: fc.nat(15),
      more: fc.array(fc.nat(15), { maxLength: 2 }),
    }),
    {
      maxLength: 8,
    },
  ),
});

/** A policy set and a request to it. */
export const fuzzCase: fc.Arbitrary<FuzzCase> = fc
  .record({
    request: requestRecipe,
    identity: fc.array(policyRecipe(3), { minLength: 0, maxLength: 2 }),
    boundary: optional(policyRecipe(2), 5),
    scps: optional(levels, 5),
    rcps: optional(levels, 8),
    session: optional(policyRecipe(2), 5),
    resource: optional(policyRecipe(2), 4),
    full: fc.nat(7),
  })
  .map((recipe) => {
    const request = buildRequest(recipe.request);
    const build = (policy: PolicyRecipe): RawPolicy => buildPolicy(policy, request, 'identity');
    const isUser = request.context['aws:PrincipalType'] === 'User';
    return {
      identity: [...recipe.identity.map(build), ...(recipe.full % 2 === 1 ? [FULL_ACCESS] : [])],
      ...(recipe.boundary && { boundary: build(recipe.boundary) }),
      ...(recipe.scps && {
        scps: recipe.scps.map((level) => [
          ...level.map((policy) => buildPolicy(policy, request, 'scp')),
          ...(recipe.full < 6 ? [FULL_ACCESS] : []),
        ]),
      }),
      ...(recipe.rcps && {
        rcps: recipe.rcps.map((level) => level.map((policy) => buildPolicy(policy, request, 'rcp'))),
      }),
      ...(recipe.session && !isUser && { session: build(recipe.session) }),
      ...(recipe.resource && { resource: buildPolicy(recipe.resource, request, 'resource') }),
      request,
    };
  });

const FULL_ACCESS: RawPolicy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

function buildRequest(recipe: RequestRecipe): Request {
  const { action, resources } = pick(ACTIONS, recipe.action);
  const context: Request['context'] = { ...pick(PRINCIPALS, recipe.principal) };
  for (const { key: index, value, more } of recipe.context) {
    const { key, type, values } = pick(KEYS, index);
    if (values.length === 0 || key in context) continue;
    context[key] = type === 'list' ? more.map((item) => pick(values, item)) : pick(values, value);
  }
  return {
    action,
    resource: pick(resources, recipe.resource),
    context,
    ...(recipe.owner === 7 && { resourceAccount: OTHER_ACCOUNT }),
  };
}

type PolicyKind = 'identity' | 'scp' | 'rcp' | 'resource';

function buildPolicy(recipe: PolicyRecipe, request: Request, kind: PolicyKind): RawPolicy {
  const statements = recipe.statements.map((statement, index) =>
    buildStatement(statement, request, kind, index),
  );
  const [only] = statements;
  const Statement = statements.length === 1 && only && recipe.version % 3 === 0 ? only : statements;
  if (kind === 'rcp' || recipe.version < 10) return { Version: '2012-10-17', Statement };
  return recipe.version === 10 ? { Version: '2008-10-17', Statement } : { Statement };
}

function buildStatement(
  recipe: StatementRecipe,
  request: Request,
  kind: PolicyKind,
  index: number,
): RawStatement {
  const rcp = kind === 'rcp';
  const single = recipe.spelling % 2 === 0;
  const actions = recipe.actions.map((item) => varyAction(request.action, item, rcp));
  const resources = recipe.resources.map((item) => varyResource(request.resource, item, kind));
  return {
    ...(recipe.spelling > 7 && { Sid: `S${index}` }),
    Effect: denies(recipe, kind) ? 'Deny' : 'Allow',
    ...(kind === 'resource' && principalElement(recipe)),
    ...(rcp && { Principal: '*' as const }),
    [recipe.notAction && !rcp ? 'NotAction' : 'Action']: oneOrMany(actions, single),
    [recipe.notResource ? 'NotResource' : 'Resource']: oneOrMany(resources, single),
    ...(recipe.tests.length > 0 && { Condition: buildCondition(recipe.tests, request) }),
  };
}

/** RCPs can only deny; resource policies, where a Deny has rules of its own, do so more often. */
function denies({ deny, spelling }: StatementRecipe, kind: PolicyKind): boolean {
  return deny || kind === 'rcp' || (kind === 'resource' && spelling % 4 === 3);
}

function oneOrMany<T>(values: T[], single: boolean): OneOrMany<T> {
  const [only] = values;
  return single && values.length === 1 && only !== undefined ? only : values;
}

function principalElement(recipe: StatementRecipe): Pick<RawStatement, 'Principal' | 'NotPrincipal'> {
  const name = recipe.notPrincipal && denies(recipe, 'resource') ? 'NotPrincipal' : 'Principal';
  if (recipe.principals.includes(PRINCIPAL_VALUES.length)) return { [name]: '*' };
  const types: Record<string, string[]> = {};
  for (const number of recipe.principals) {
    const { type, value } = pick(PRINCIPAL_VALUES, number);
    types[type] = [...(types[type] ?? []), value];
  }
  return { [name]: types };
}

const OPERATORS_FOR: Readonly<Record<KeyType, (operator: Operator) => boolean>> = {
  text: ({ comparison }) => ['equals', 'equalsIgnoreCase', 'like', 'binary'].includes(comparison),
  list: ({ comparison }) => ['equals', 'equalsIgnoreCase', 'like'].includes(comparison),
  arn: ({ comparison }) => comparison === 'arn' || comparison === 'like',
  bool: ({ comparison }) => comparison === 'bool',
  number: ({ comparison }) => comparison === 'numeric',
  date: ({ comparison }) => comparison === 'date',
  ip: ({ comparison }) => comparison === 'ip',
};

function buildCondition(tests: readonly TestRecipe[], request: Request): ConditionBlock {
  const block: ConditionBlock = {};
  for (const recipe of tests) {
    const { key, type } = pick(KEYS, recipe.key);
    // One in eight is Null, one in sixteen any operator, fitting the key or not.
    const fitting = OPERATORS.filter(OPERATORS_FOR[type]);
    const { name, comparison } =
      recipe.operator % 8 === 0
        ? pick(OPERATORS, OPERATORS.length - 1)
        : pick(recipe.operator % 16 === 1 ? OPERATORS : fitting, recipe.operator);
    const quantifier =
      comparison === 'null' ? '' : pick(['', 'ForAllValues:', 'ForAnyValue:'], recipe.quantifier);
    const suffix = recipe.ifExists && comparison !== 'null' ? 'IfExists' : '';
    const values = recipe.values.map((item) =>
      comparison === 'null'
        ? pick(['true', 'false', true, false], item.way)
        : varyValue(request.context[key], type, item),
    );
    const operator = quantifier + (recipe.spelling % 4 === 1 ? swapCase(name) : name) + suffix;
    const spelledKey = recipe.spelling % 4 === 2 ? swapCase(key) : key;
    block[operator] = { ...block[operator], [spelledKey]: oneOrMany(values, recipe.spelling % 2 === 0) };
  }
  return block;
}
