import { PolicyError } from './error.ts';
import { JsonText, kindOf, type Node } from './json.ts';
import { parseOperator } from './operators.ts';
import type {
  ConditionTest,
  Effect,
  PolicyDocument,
  ReadDocument,
  Statement,
  UnreadableStatement,
} from './types.ts';

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
  const { json, elements } = readElements(text);
  const statements = elements.statements.map(
    (node, at) => parseStatement(json, node, at + 1, 'strict').statement,
  );
  rejectDuplicateSids(statements);
  return { version: elements.version, ...(elements.id !== undefined && { id: elements.id }), statements };
}

/**
 * Reads a policy document as IAM stores it, statement by statement: texts that IAM takes although they mean nothing
 * (an action with a space, a condition key without a prefix, null in a list) are taken, and what cannot be read is
 * kept as such, with what it can be about at most.
 *
 * @throws {PolicyError} when the document as a whole cannot be read
 */
export function readPolicy(text: string): ReadDocument {
  const { json, elements } = readElements(text);
  const statements: Statement[] = [];
  const unreadable: UnreadableStatement[] = [];
  for (const [at, node] of elements.statements.entries()) {
    try {
      const { statement, odd } = parseStatement(json, node, at + 1, 'as stored');
      statements.push(statement);
      if (odd.length > 0) unreadable.push(unreadableActions(statement, odd));
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      unreadable.push(unreadableStatement(json, node, at + 1, error));
    }
  }
  const { version, id } = elements;
  return { version, ...(id !== undefined && { id }), statements, unreadable };
}

interface DocumentElements {
  readonly version: PolicyDocument['version'];
  readonly id: string | undefined;
  readonly statements: readonly Node[];
}

/** Ten times what fits into the largest document that IAM stores, and more. */
const MAX_STATEMENTS = 2_000;

function readElements(text: string): { readonly json: JsonText; readonly elements: DocumentElements } {
  const json = new JsonText(text);
  let version: PolicyDocument['version'] = '2008-10-17';
  let id: string | undefined;
  let statements: readonly Node[] | undefined;
  for (const { name, key, value } of json.members(json.root, 'the policy')) {
    switch (name) {
      case 'Version':
        version = parseVersion(json, value);
        break;
      case 'Id':
        id = json.string(value, 'Id');
        break;
      case 'Statement':
        statements = json.list(value);
        break;
      default:
        throw json.error(`unknown policy element ${JSON.stringify(name)}`, key);
    }
  }
  if (statements === undefined) throw json.error('the policy has no Statement', json.root);
  if (statements.length > MAX_STATEMENTS) {
    throw json.error(
      `the policy has ${statements.length} statements, more than ${MAX_STATEMENTS}`,
      json.root,
    );
  }
  return { json, elements: { version, id, statements } };
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

/** How much is taken: IAM's grammar to the letter, or whatever IAM stores. */
type Strictness = 'strict' | 'as stored';

/** A statement, and the texts of its Action or NotAction that are no action patterns. */
interface ParsedStatement {
  readonly statement: Statement;
  readonly odd: readonly string[];
}

function parseStatement(json: JsonText, node: Node, index: number, strictness: Strictness): ParsedStatement {
  const elements = elementsOf(json, node, index);
  const actions = eitherOf(json, elements, index, 'Action');
  if (actions === undefined) throw json.error(`statement ${index} has neither Action nor NotAction`, node);
  const resources = eitherOf(json, elements, index, 'Resource');
  const principals = eitherOf(json, elements, index, 'Principal');
  const sid = elements.get('Sid');
  const condition = elements.get('Condition');
  const odd: string[] = [];
  const takeOdd = strictness === 'as stored' ? (text: string) => odd.push(text) : undefined;
  const statement: Statement = {
    index,
    ...(sid !== undefined && { sid: json.string(sid, 'Sid') }),
    effect: parseEffect(json, elements.get('Effect'), node, index),
    actions: patterns(json, actions, { element: 'Action', problemOf: actionProblem, strictness, takeOdd }),
    notAction: actions.negated,
    resources:
      resources && patterns(json, resources, { element: 'Resource', problemOf: resourceProblem, strictness }),
    notResource: resources?.negated ?? false,
    conditions: condition === undefined ? [] : parseCondition(json, condition, strictness),
    ...(principals !== undefined && {
      principals: parsePrincipal(json, principals.node),
      ...(principals.negated && { notPrincipal: true }),
    }),
    start: json.position(node.offset),
    end: json.position(node.offset + node.length),
  };
  return { statement, odd };
}

function elementsOf(json: JsonText, node: Node, index: number): ReadonlyMap<string, Node> {
  const elements = new Map<string, Node>();
  for (const { name, key, value } of json.members(node, `statement ${index}`)) {
    if (!STATEMENT_ELEMENTS.has(name)) {
      throw json.error(`unknown element ${JSON.stringify(name)} in statement ${index}`, key);
    }
    elements.set(name, value);
  }
  return elements;
}

/** An element or its negation, `NotAction` for `Action`. */
interface Either {
  readonly node: Node;
  readonly negated: boolean;
}

function eitherOf(
  json: JsonText,
  elements: ReadonlyMap<string, Node>,
  index: number,
  name: 'Action' | 'Resource' | 'Principal',
): Either | undefined {
  const plain = elements.get(name);
  const negated = elements.get(`Not${name}`);
  if (plain !== undefined && negated !== undefined) {
    throw json.error(`statement ${index} has both ${name} and Not${name}`, negated);
  }
  const node = plain ?? negated;
  return node && { node, negated: negated !== undefined };
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

interface PatternElement {
  readonly element: 'Action' | 'Resource';
  readonly problemOf: (text: string) => string | undefined;
  readonly strictness: Strictness;
  /** Takes a text that is no pattern; absent: it is an error. */
  readonly takeOdd?: ((text: string) => void) | undefined;
}

function patterns(json: JsonText, { node, negated }: Either, how: PatternElement): string[] {
  const element = `${negated ? 'Not' : ''}${how.element}`;
  const nodes = json.list(node);
  if (nodes.length === 0) throw json.error(`${element} is an empty list`, node);
  return nodes.flatMap((item) => {
    if (isIgnored(item, how.strictness)) return [];
    const text = json.string(item, element);
    const wrong = how.problemOf(text);
    if (wrong === undefined) return [text];
    if (how.takeOdd === undefined) throw json.error(`${element} ${JSON.stringify(text)} ${wrong}`, item);
    how.takeOdd(text);
    return [];
  });
}

/** IAM stores a null in a list; it matches nothing. */
function isIgnored(item: Node, strictness: Strictness): boolean {
  return strictness === 'as stored' && item.type === 'null' && item.parent?.type === 'array';
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

function parseCondition(json: JsonText, node: Node, strictness: Strictness): ConditionTest[] {
  const tests: ConditionTest[] = [];
  for (const block of json.members(node, 'Condition')) {
    const operator = parseOperator(block.name);
    if (operator === undefined) {
      throw json.error(`unknown condition operator ${JSON.stringify(block.name)}`, block.key);
    }
    for (const { name, key, value } of json.members(block.value, block.name)) {
      // IAM stores a key without a prefix; no request has one.
      if (strictness === 'strict' && !name.includes(':')) {
        throw json.error(
          `the condition key ${JSON.stringify(name)} must be prefixed, as in aws:SourceIp`,
          key,
        );
      }
      const values = json.list(value).filter((item) => !isIgnored(item, strictness));
      tests.push({ ...operator, key: name, values: values.map((item) => conditionValue(json, item)) });
    }
  }
  return tests;
}

function conditionValue(json: JsonText, node: Node): string {
  if (node.type === 'string' || node.type === 'number' || node.type === 'boolean') return String(node.value);
  throw json.error(`a condition value must be text, a number or a boolean, not ${kindOf(node)}`, node);
}

/** What texts that are no action patterns can be about: the services that they name, or any. */
function unreadableActions(statement: Statement, odd: readonly string[]): UnreadableStatement {
  const { index, sid, effect, notAction, start, end } = statement;
  const [first = ''] = odd;
  return {
    index,
    ...(sid !== undefined && { sid }),
    problem: `${notAction ? 'NotAction' : 'Action'} ${JSON.stringify(first)} ${actionProblem(first)}`,
    effect,
    actions: [...new Set(odd.flatMap(servicesIn))],
    notAction: false,
    partly: true,
    start,
    end,
  };
}

function servicesIn(text: string): string[] {
  // Actions have no variables; a text that looks like one may be anything.
  const plain = text.replaceAll(/\$\{[^}]*\}/g, '*');
  const named = [...plain.matchAll(/([A-Za-z0-9*?-]+)\s*:/g)].map(([, service]) => `${service}:*`);
  return named.length === 0 ? ['*'] : named;
}

/** What can be told of a statement that is not in IAM's grammar. */
function unreadableStatement(
  json: JsonText,
  node: Node,
  index: number,
  error: PolicyError,
): UnreadableStatement {
  const member = (name: string): Node | undefined =>
    node.children?.find(({ children }) => children?.[0]?.value === name)?.children?.[1];
  const effect: unknown = member('Effect')?.value;
  const sid: unknown = member('Sid')?.value;
  const action = member('Action');
  const actions = action === undefined ? ['*'] : json.list(action).flatMap(actionsIn);
  return {
    index,
    ...(typeof sid === 'string' && { sid }),
    problem: error.problem,
    place: { line: error.line, column: error.column },
    ...effectIn(effect),
    actions: actions.length === 0 ? ['*'] : [...new Set(actions)],
    notAction: false,
    partly: false,
    start: json.position(node.offset),
    end: json.position(node.offset + node.length),
  };
}

/** Whatever it is, in other letters it is not its opposite. */
function effectIn(text: unknown): { readonly effect?: Effect } {
  switch (typeof text === 'string' ? text.toLowerCase() : undefined) {
    case 'allow':
      return { effect: 'Allow' };
    case 'deny':
      return { effect: 'Deny' };
    default:
      return {};
  }
}

function actionsIn(node: Node): string[] {
  if (node.type === 'null') return [];
  if (node.type !== 'string') return ['*'];
  const text: string = node.value;
  return actionProblem(text) === undefined ? [text] : servicesIn(text);
}
