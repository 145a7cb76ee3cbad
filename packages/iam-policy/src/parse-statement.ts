import { type JsonText, kindOf, type Node } from './json.ts';
import { parseOperator } from './operators.ts';
import type { ConditionTest, Effect, Statement } from './types.ts';

/** How much is taken: IAM's grammar to the letter, or whatever IAM stores. */
export type Strictness = 'strict' | 'as stored';

/** A statement, and the texts of its Action or NotAction that are no action patterns. */
export interface ParsedStatement {
  readonly statement: Statement;
  readonly odd: readonly string[];
}

/** @throws {PolicyError} where the statement is not in the grammar, as strictly as is asked */
export function parseStatement(
  json: JsonText,
  node: Node,
  index: number,
  strictness: Strictness,
): ParsedStatement {
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

/** Why a text is no action pattern; undefined: it is one. */
export function actionProblem(text: string): string | undefined {
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
  if (node.type === 'number') return json.number(node);
  if (node.type === 'string' || node.type === 'boolean') return String(node.value);
  throw json.error(`a condition value must be text, a number or a boolean, not ${kindOf(node)}`, node);
}
