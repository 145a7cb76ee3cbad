import { PolicyError } from './error.ts';
import { JsonText, kindOf, type Node } from './json.ts';
import { parseOperator } from './operators.ts';
import type { ConditionTest, Effect, PolicyDocument, Statement } from './types.ts';

export { PolicyError };

/**
 * Reads a policy document: strict JSON in IAM's policy grammar. Element names are case-sensitive, as is Effect;
 * condition operators are not. Statements keep their place in the text.
 *
 * Which elements a kind of policy demands (Resource in an identity-based policy, Principal in a resource-based
 * one) is checked when a policy is compiled for its layer.
 *
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language".
 * @throws {PolicyError} with line and column
 */
export function parsePolicy(text: string): PolicyDocument {
  const json = new JsonText(text);
  let version: PolicyDocument['version'] = '2008-10-17';
  let id: string | undefined;
  let statements: Statement[] | undefined;
  for (const { name, key, value } of json.members(json.root, 'the policy')) {
    switch (name) {
      case 'Version':
        version = parseVersion(json, value);
        break;
      case 'Id':
        id = json.string(value, 'Id');
        break;
      case 'Statement':
        statements = json.list(value).map((node, at) => parseStatement(json, node, at + 1));
        break;
      default:
        throw json.error(`unknown policy element ${JSON.stringify(name)}`, key);
    }
  }
  if (statements === undefined) throw json.error('the policy has no Statement', json.root);
  rejectDuplicateSids(statements);
  return { version, ...(id !== undefined && { id }), statements };
}

function parseVersion(json: JsonText, node: Node): PolicyDocument['version'] {
  const version = json.string(node, 'Version');
  if (version !== '2012-10-17' && version !== '2008-10-17') {
    throw json.error(`Version must be "2012-10-17" or "2008-10-17", not ${JSON.stringify(version)}`, node);
  }
  return version;
}

function rejectDuplicateSids(statements: readonly Statement[]): void {
  const seen = new Set<string>();
  for (const { sid, start } of statements) {
    if (sid === undefined || sid === '') continue;
    if (seen.has(sid)) throw new PolicyError(`the Sid ${JSON.stringify(sid)} is used twice`, start);
    seen.add(sid);
  }
}

function parseStatement(json: JsonText, node: Node, index: number): Statement {
  const elements = new Map<string, Node>();
  for (const { name, key, value } of json.members(node, `statement ${index}`)) {
    if (!STATEMENT_ELEMENTS.has(name)) {
      throw json.error(`unknown element ${JSON.stringify(name)} in statement ${index}`, key);
    }
    elements.set(name, value);
  }
  const either = (name: string, opposite: string): { node: Node; negated: boolean } | undefined => {
    const plain = elements.get(name);
    const negated = elements.get(opposite);
    if (plain !== undefined && negated !== undefined) {
      throw json.error(`statement ${index} has both ${name} and ${opposite}`, negated);
    }
    const found = plain ?? negated;
    return found && { node: found, negated: negated !== undefined };
  };
  const actions = either('Action', 'NotAction');
  if (actions === undefined) throw json.error(`statement ${index} has neither Action nor NotAction`, node);
  const resources = either('Resource', 'NotResource');
  const principals = either('Principal', 'NotPrincipal');
  const sid = elements.get('Sid');
  const condition = elements.get('Condition');
  return {
    index,
    ...(sid !== undefined && { sid: json.string(sid, 'Sid') }),
    effect: parseEffect(json, elements.get('Effect'), node, index),
    actions: patterns(json, actions.node, actions.negated ? 'NotAction' : 'Action', actionProblem),
    notAction: actions.negated,
    resources:
      resources &&
      patterns(json, resources.node, resources.negated ? 'NotResource' : 'Resource', resourceProblem),
    notResource: resources?.negated ?? false,
    conditions: condition === undefined ? [] : parseCondition(json, condition),
    ...(principals !== undefined && {
      principals: parsePrincipal(json, principals.node),
      ...(principals.negated && { notPrincipal: true }),
    }),
    start: json.position(node.offset),
    end: json.position(node.offset + node.length),
  };
}

const STATEMENT_ELEMENTS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

function parseEffect(json: JsonText, node: Node | undefined, statement: Node, index: number): Effect {
  if (node === undefined) throw json.error(`statement ${index} has no Effect`, statement);
  const effect = json.string(node, 'Effect');
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw json.error(`Effect must be "Allow" or "Deny", not ${JSON.stringify(effect)}`, node);
  }
  return effect;
}

function patterns(
  json: JsonText,
  node: Node,
  element: string,
  problem: (text: string) => string | undefined,
) {
  const nodes = json.list(node);
  if (nodes.length === 0) throw json.error(`${element} is an empty list`, node);
  return nodes.map((item) => {
    const text = json.string(item, element);
    const wrong = problem(text);
    if (wrong !== undefined) throw json.error(`${element} ${JSON.stringify(text)} ${wrong}`, item);
    return text;
  });
}

const EVERYTHING = /^\*+$/;
const WELL_FORMED_ACTION = /^(\*|[A-Za-z0-9-]+):[A-Za-z0-9*?_-]+$/;

function actionProblem(text: string): string | undefined {
  if (WELL_FORMED_ACTION.test(text) || EVERYTHING.test(text)) return undefined;
  const [service, name, ...rest] = text.split(':');
  if (!service || !name || rest.length > 0) return 'must be "*" or "service:action"';
  if (service !== '*' && !/^[A-Za-z0-9-]+$/.test(service)) return 'must name one service before the colon';
  return /^[A-Za-z0-9*?_-]+$/.test(name) ? undefined : 'has characters that no action has';
}

function resourceProblem(text: string): string | undefined {
  // A policy variable may stand for the whole ARN.
  return EVERYTHING.test(text) || /^(arn:|\$\{)/.test(text) ? undefined : 'must be "*" or an ARN';
}

const PRINCIPAL_TYPES = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

function parsePrincipal(json: JsonText, node: Node): Readonly<Record<string, readonly string[]>> {
  if (node.type === 'string') {
    if (node.value !== '*') throw json.error('a principal written as a string can only be "*"', node);
    return { '*': ['*'] };
  }
  const principals: Record<string, readonly string[]> = {};
  for (const { name, key, value } of json.members(node, 'the principal')) {
    if (!PRINCIPAL_TYPES.has(name)) throw json.error(`unknown principal type ${JSON.stringify(name)}`, key);
    principals[name] = json.list(value).map((item) => json.string(item, `principal ${name}`));
  }
  return principals;
}

function parseCondition(json: JsonText, node: Node): ConditionTest[] {
  const tests: ConditionTest[] = [];
  for (const block of json.members(node, 'Condition')) {
    const operator = parseOperator(block.name);
    if (operator === undefined) {
      throw json.error(`unknown condition operator ${JSON.stringify(block.name)}`, block.key);
    }
    for (const { name, key, value } of json.members(block.value, block.name)) {
      if (!name.includes(':')) {
        throw json.error(
          `the condition key ${JSON.stringify(name)} must be prefixed, as in aws:SourceIp`,
          key,
        );
      }
      tests.push({
        ...operator,
        key: name,
        values: json.list(value).map((item) => conditionValue(json, item)),
      });
    }
  }
  return tests;
}

function conditionValue(json: JsonText, node: Node): string {
  if (node.type === 'string' || node.type === 'number' || node.type === 'boolean') return String(node.value);
  throw json.error(`a condition value must be text, a number or a boolean, not ${kindOf(node)}`, node);
}
