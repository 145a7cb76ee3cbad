import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type Scalar } from 'yaml';

/** A value of a template: what JSON can say. */
export type TemplateValue =
  | string
  | number
  | boolean
  | null
  | TemplateValue[]
  | { [key: string]: TemplateValue };

export type TemplateObject = { [key: string]: TemplateValue };

/** What a template has wrong: where, and what to do about it. */
export class TemplateError extends Error {
  constructor(where: string, message: string) {
    super(`${where}: ${message}`);
    this.name = 'TemplateError';
  }
}

/** CloudFormation's short forms; the long form is `Fn::` + name, but for Ref and Condition. */
const shortForms = new Set(
  'And Base64 Cidr Contains EachMemberEquals EachMemberIn Equals FindInMap GetAtt GetAZs If ImportValue Join Length Not Or RefAll Select Split Sub ToJsonString Transform ValueOf ValueOfAll'.split(
    ' ',
  ),
);

export interface TemplateSource {
  readonly value: TemplateObject;
  /** The line of a top-level entry: `Resources.Queue` → 12. */
  line(section: string, name: string): number | undefined;
}

/**
 * Reads a CloudFormation or SAM template in YAML (or JSON), short forms such as `!Sub` written out as their long
 * forms (`{ 'Fn::Sub': … }`). Throws TemplateError for text that is not YAML, a tag that CloudFormation does not have,
 * and a document that is not a mapping.
 */
export function parseTemplate(text: string): TemplateSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent', uniqueKeys: true });
  const at = (node: Node | null): string => {
    const offset = node?.range?.[0];
    return offset === undefined ? 'template' : `template line ${lines.linePos(offset).line}`;
  };
  const broken = document.errors[0];
  if (broken !== undefined) throw new TemplateError('template', broken.message);

  const content = (node: Node | null): TemplateValue => {
    if (node === null) return null;
    if (isAlias(node)) return convert(node.resolve(document) ?? null);
    if (isMap<Node, Node | null>(node)) {
      return Object.fromEntries(
        node.items.map((pair) => {
          if (!isScalar(pair.key)) throw new TemplateError(at(pair.key), 'a key must be text');
          return [String(pair.key.value), convert(pair.value)];
        }),
      );
    }
    if (isSeq<Node | null>(node)) return node.items.map(convert);
    if (!isScalar(node)) throw new TemplateError(at(node), 'a value that a template cannot have');
    return scalarValue(node, () => at(node));
  };

  const convert = (node: Node | null): TemplateValue => {
    const tag = node?.tag;
    if (tag === undefined || !tag.startsWith('!') || tag === '!') return content(node);
    const name = tag.slice(1);
    const value = content(node);
    if (name === 'Ref' || name === 'Condition') return { [name]: value };
    if (!shortForms.has(name)) throw new TemplateError(at(node), `${tag} is not an intrinsic function`);
    if (name === 'GetAtt' && typeof value === 'string') {
      const [resource, ...attribute] = value.split('.');
      return { 'Fn::GetAtt': [resource ?? '', attribute.join('.')] };
    }
    return { [`Fn::${name}`]: value };
  };

  const value = convert(document.contents);
  if (!isObject(value)) throw new TemplateError('template', 'must be a mapping with Resources');
  return {
    value,
    line: (section, name) => {
      const entries = document.get(section, true);
      const pair = isMap<Node, Node | null>(entries)
        ? entries.items.find(({ key }) => isScalar(key) && String(key.value) === name)
        : undefined;
      const offset = pair?.key.range?.[0];
      return offset === undefined ? undefined : lines.linePos(offset).line;
    },
  };
}

function scalarValue({ value, source }: Scalar, at: () => string): TemplateValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value !== 'number') {
    throw new TemplateError(at(), `a value that a template cannot have: ${String(source)}`);
  }
  // Account ids and dates written without quotes keep their leading zeros and their digits.
  return source !== undefined && String(value) !== source ? source : value;
}

export function isObject(value: TemplateValue | undefined): value is TemplateObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
