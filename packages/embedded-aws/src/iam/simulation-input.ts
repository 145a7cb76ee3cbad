import { isIP } from 'node:net';
import type { KnownActions } from '../catalog.ts';
import { AwsError } from '../types.ts';
import type { QueryParams } from '../wire/query-protocol.ts';
import { isRecognized } from './eligibility.ts';

/** What both simulations are asked, checked as IAM checks it. */
export interface SimulationInput {
  readonly actions: readonly string[];
  /** As sent; empty: none were sent, `*` is meant. */
  readonly resources: readonly string[];
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  readonly policies: readonly string[];
  /** At most one; it replaces the attached boundary. */
  readonly boundary?: string;
  readonly resourcePolicy?: string;
  readonly callerArn?: string;
}

export const invalidInput = (message: string): AwsError => new AwsError('InvalidInput', message, 400);

/** @throws AwsError InvalidInput or ValidationError. */
export function readSimulation(params: QueryParams, known: KnownActions): SimulationInput {
  const actions = params.list('ActionNames') ?? [];
  if (actions.length === 0) params.require('ActionNames');
  for (const action of actions) checkAction(action);
  const resources = params.list('ResourceArns') ?? [];
  checkResources(resources);
  if (resources.length > 0 && resources[0] !== '*') checkMixture(actions, known);
  const boundaries = params.list('PermissionsBoundaryPolicyInputList') ?? [];
  if (boundaries.length > 1) throw invalidInput('Only one permissions boundary policy can be provided.');
  const resourcePolicy = params.get('ResourcePolicy');
  const callerArn = params.get('CallerArn');
  const owner = params.get('ResourceOwner');
  if (owner !== undefined && !owner.startsWith('arn:'))
    throw invalidInput(`Invalid ARN provided in the request: ${owner}`);
  return {
    actions,
    resources,
    context: readContext(params.structs('ContextEntries')),
    policies: params.list('PolicyInputList') ?? [],
    ...(boundaries[0] !== undefined && { boundary: boundaries[0] }),
    ...(resourcePolicy !== undefined && { resourcePolicy }),
    ...(callerArn !== undefined && { callerArn }),
  };
}

function checkAction(action: string): void {
  if (action.length < 3 || action.length > 128) {
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: Value '[${action}]' at 'actionNames' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 3]`,
      400,
    );
  }
  if (!/^[^:]+:.+$/.test(action))
    throw invalidInput(`The action is invalid since it is missing names: ${action}`);
}

function checkResources(resources: readonly string[]): void {
  if (resources.length === 1 && resources[0] === '*') return;
  const wrong = resources.filter((resource) => !/^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/.test(resource));
  if (wrong.length > 0)
    throw invalidInput(`ResourceNames are not in a valid ARN format: ${wrong.join(', ')}.`);
}

/** With explicit resources, actions that the simulator knows cannot be asked together with ones that it does not. */
function checkMixture(actions: readonly string[], knownActions: KnownActions): void {
  const unique = [...new Set(actions)];
  const known = unique.filter((action) => isRecognized(action, knownActions));
  const unknown = unique.filter((action) => !isRecognized(action, knownActions));
  if (known.length === 0 || unknown.length === 0) return;
  throw invalidInput(
    `Invalid Input Actions: [${known.join(', ')}] and [${unknown.join(', ')}] require different authorization information.`,
  );
}

const scalarTypes = ['string', 'numeric', 'boolean', 'ip', 'binary', 'date'] as const;

function readContext(entries: readonly QueryParams[]): Record<string, string | string[]> {
  const context: Record<string, string | string[]> = {};
  const seen = new Set<string>();
  for (const entry of entries) {
    const name = readKeyName(entry);
    if (seen.has(name.toLowerCase())) throw invalidInput(`Duplicate context key: ${name}`);
    seen.add(name.toLowerCase());
    context[name] = readKeyValues(name, entry);
  }
  return context;
}

function readKeyName(entry: QueryParams): string {
  const name = entry.get('ContextKeyName');
  if (!name || !entry.get('ContextKeyType'))
    throw invalidInput('A context entry must have a name and a type.');
  if (name.length >= 5 && name.length <= 256) return name;
  throw new AwsError(
    'ValidationError',
    `1 validation error detected: Value '${name}' at 'contextEntries' failed to satisfy constraint: Member must have length between 5 and 256`,
    400,
  );
}

function readKeyValues(name: string, entry: QueryParams): string | string[] {
  const type = entry.get('ContextKeyType');
  const scalar = scalarTypes.find((candidate) => type === candidate || type === `${candidate}List`);
  if (!scalar) {
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: Value '${type}' at 'contextEntries.contextKeyType' failed to satisfy constraint: Member must satisfy enum value set`,
      400,
    );
  }
  const values = entry.list('ContextKeyValues') ?? [];
  if (values.length === 0) throw invalidInput(`Context key ${name} has no values.`);
  if (type === scalar && values.length > 1) {
    throw invalidInput(`Context key ${type} expected a single value, but received ${values.length}.`);
  }
  for (const value of values) checkValue(name, scalar, value);
  return type === scalar ? (values[0] ?? '') : values;
}

/** Numbers, dates, addresses and binary values are checked; booleans are not: anything but `true` does not match. */
function checkValue(name: string, type: (typeof scalarTypes)[number], value: string): void {
  const valid =
    type === 'numeric'
      ? /^[-+]?\d+(\.\d+)?$/.test(value)
      : type === 'date'
        ? /^\d+$/.test(value) || (/^\d{4}-\d{2}-\d{2}/.test(value) && !Number.isNaN(Date.parse(value)))
        : type === 'ip'
          ? isAddress(value)
          : type === 'binary'
            ? /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length % 4 === 0
            : true;
  if (!valid) throw invalidInput(`Invalid value for context key ${name} of type ${type}: ${value}`);
}

function isAddress(value: string): boolean {
  const [address = '', prefix] = value.split('/');
  const family = isIP(address);
  if (family === 0) return false;
  return prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}
