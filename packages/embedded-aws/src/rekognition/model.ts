import * as z from 'zod';
import document from './model.json' with { type: 'json' };

const shape = z.object({
  type: z.enum([
    'structure',
    'list',
    'map',
    'string',
    'integer',
    'long',
    'float',
    'boolean',
    'blob',
    'timestamp',
  ]),
  min: z.number().optional(),
  max: z.number().optional(),
  pattern: z.string().optional(),
  enum: z.array(z.string()).optional(),
  required: z.array(z.string()).optional(),
  union: z.boolean().optional(),
  /** Member → shape. */
  members: z.record(z.string(), z.string()).optional(),
  member: z.string().optional(),
  key: z.string().optional(),
  value: z.string().optional(),
});

type Shape = z.infer<typeof shape>;

const model = z
  .object({
    source: z.string(),
    operations: z.record(z.string(), z.object({ input: z.string(), errors: z.array(z.string()) })),
    shapes: z.record(z.string(), shape),
  })
  .parse(document);

/** The operations of the API model: 75, as StartFaceLivenessSession belongs to the streaming API. */
export const OPERATIONS: ReadonlySet<string> = new Set(Object.keys(model.operations));

/** Which errors the API model lists for an operation. */
export const modeledErrors = (operation: string): readonly string[] =>
  model.operations[operation]?.errors ?? [];

/**
 * Holds an input as it is on the wire (JSON, blobs in base64) against the API model, as the service's framework does
 * before anything else looks at it. Answers the framework's sentences, one for each violation.
 */
export function violations(operation: string, input: unknown): string[] {
  const name = model.operations[operation]?.input;
  if (name === undefined) throw new Error(`the API model has no operation ${operation}`);
  return [...check(shapeOf(name), input, '')];
}

/** The framework's answer to an input that breaks the model; `undefined` where it breaks nothing. */
export function validationMessage(operation: string, input: unknown): string | undefined {
  const found = violations(operation, input);
  if (found.length === 0) return undefined;
  return `${found.length} validation error${found.length > 1 ? 's' : ''} detected: ${found.join('; ')}`;
}

function shapeOf(name: string): Shape {
  const found = model.shapes[name];
  if (!found) throw new Error(`the API model has no shape ${name}`);
  return found;
}

function* check(shape: Shape, value: unknown, path: string): Generator<string> {
  if (shape.type === 'structure') yield* structure(shape, value, path);
  else if (shape.type === 'list') yield* list(shape, value, path);
  else if (shape.type === 'map') yield* map(shape, value, path);
  else {
    for (const constraint of broken(shape, value)) yield sentence(value, path, constraint);
  }
}

function* structure(shape: Shape, value: unknown, path: string): Generator<string> {
  if (!isRecord(value)) return yield sentence(value, path, 'Member must be a structure');
  const at = (member: string) =>
    `${path ? `${path}.` : ''}${member.charAt(0).toLowerCase()}${member.slice(1)}`;
  for (const member of shape.required ?? []) {
    if (value[member] === undefined || value[member] === null) {
      yield sentence(null, at(member), 'Member must not be null');
    }
  }
  for (const [member, name] of Object.entries(shape.members ?? {})) {
    const entry = value[member];
    if (entry !== undefined && entry !== null) yield* check(shapeOf(name), entry, at(member));
  }
}

function* list(shape: Shape, value: unknown, path: string): Generator<string> {
  if (!Array.isArray(value)) return yield sentence(value, path, 'Member must be a list');
  for (const constraint of length(shape, value.length)) yield sentence(value, path, constraint);
  for (const [index, entry] of value.entries()) {
    yield* check(shapeOf(shape.member ?? ''), entry, `${path}.${index + 1}.member`);
  }
}

function* map(shape: Shape, value: unknown, path: string): Generator<string> {
  if (!isRecord(value)) return yield sentence(value, path, 'Member must be a map');
  for (const constraint of length(shape, Object.keys(value).length)) yield sentence(value, path, constraint);
  for (const [key, entry] of Object.entries(value)) {
    yield* check(shapeOf(shape.key ?? ''), key, `${path}.key`);
    yield* check(shapeOf(shape.value ?? ''), entry, `${path}.${key}.member`);
  }
}

/** The constraints that a single value breaks. */
function broken(shape: Shape, value: unknown): string[] {
  switch (shape.type) {
    case 'string':
      return typeof value === 'string' ? brokenByText(shape, value) : ['Member must be a string'];
    case 'blob':
      if (typeof value !== 'string') return ['Member must be a blob'];
      return length(shape, Buffer.from(value, 'base64').length);
    case 'boolean':
      return typeof value === 'boolean' ? [] : ['Member must be a boolean'];
    default:
      return typeof value === 'number' ? range(shape, value) : ['Member must be a number'];
  }
}

function brokenByText(shape: Shape, value: string): string[] {
  const found = length(shape, value.length);
  if (shape.pattern !== undefined && !patternOf(shape.pattern).test(value)) {
    found.push(`Member must satisfy regular expression pattern: ${shape.pattern}`);
  }
  if (shape.enum && !shape.enum.includes(value)) {
    found.push(`Member must satisfy enum value set: [${shape.enum.join(', ')}]`);
  }
  return found;
}

const range = ({ min, max }: Shape, value: number): string[] => [
  ...(max !== undefined && value > max ? [`Member must have value less than or equal to ${max}`] : []),
  ...(min !== undefined && value < min ? [`Member must have value greater than or equal to ${min}`] : []),
];

const length = ({ min, max }: Shape, size: number): string[] => [
  ...(max !== undefined && size > max ? [`Member must have length less than or equal to ${max}`] : []),
  ...(min !== undefined && size < min ? [`Member must have length greater than or equal to ${min}`] : []),
];

const sentence = (value: unknown, path: string, constraint: string): string =>
  `Value ${show(value)} at '${path}' failed to satisfy constraint: ${constraint}`;

const patterns = new Map<string, RegExp>();

/** The framework matches the whole value. Only patterns with Unicode properties need the `u` flag; others break it. */
function patternOf(pattern: string): RegExp {
  let compiled = patterns.get(pattern);
  if (!compiled) {
    compiled = new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'su' : 's');
    patterns.set(pattern, compiled);
  }
  return compiled;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const show = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));
