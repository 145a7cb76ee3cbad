import { AwsError, type LocalResponse } from '../types.ts';
import { escapeXml } from './xml.ts';

/**
 * The AWS Query protocol: a form in, XML out.
 * Lists are `Name.member.1`, structures `Name.Key`, maps `Name.entry.1.Name` (smithy's awsQuery).
 */
export class QueryParams {
  readonly #values: ReadonlyMap<string, string>;
  readonly #prefix: string;

  constructor(values: ReadonlyMap<string, string>, prefix = '') {
    this.#values = values;
    this.#prefix = prefix;
  }

  static parse(form: string): QueryParams {
    return new QueryParams(new Map(new URLSearchParams(form)));
  }

  /** A scalar; `undefined` where it was not sent. */
  get(name: string): string | undefined {
    return this.#values.get(this.#prefix + name);
  }

  /** @throws AwsError ValidationError, as IAM and STS word it. */
  require(name: string): string {
    const value = this.get(name);
    if (value === undefined || value === '') {
      const field = lowerFirst(name);
      throw new AwsError(
        'ValidationError',
        `1 validation error detected: Value null at '${field}' failed to satisfy constraint: Member must not be null`,
      );
    }
    return value;
  }

  /** @throws AwsError ValidationError when the number is not within the bounds. */
  integer(name: string, min: number, max: number): number | undefined {
    const text = this.get(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!Number.isInteger(value)) throw new AwsError('MalformedInput', `${text} is not an integer`);
    const bound = value < min ? `greater than or equal to ${min}` : `less than or equal to ${max}`;
    if (value < min || value > max) {
      throw new AwsError(
        'ValidationError',
        `1 validation error detected: Value '${text}' at '${lowerFirst(name)}' failed to satisfy constraint: Member must have value ${bound}`,
      );
    }
    return value;
  }

  boolean(name: string): boolean | undefined {
    const text = this.get(name);
    return text === undefined ? undefined : text.toLowerCase() === 'true';
  }

  /** The texts of a list, in order; `[]` for one sent empty, `undefined` for one not sent. */
  list(name: string): string[] | undefined {
    const items = this.#indices(`${name}.member.`).map((index) => this.get(`${name}.member.${index}`) ?? '');
    return items.length > 0 || this.get(name) !== undefined ? items : undefined;
  }

  /** The structures of a list (`member`) or of a map (`entry`). */
  structs(name: string, item: 'member' | 'entry' = 'member'): QueryParams[] {
    return this.#indices(`${name}.${item}.`).map((index) => this.within(`${name}.${item}.${index}`));
  }

  /** The structure of that name. */
  within(name: string): QueryParams {
    return new QueryParams(this.#values, `${this.#prefix}${name}.`);
  }

  /** The names of the members that were sent, without Action and Version. */
  names(): string[] {
    const names = new Set<string>();
    for (const key of this.#values.keys()) {
      if (!key.startsWith(this.#prefix)) continue;
      const name = key.slice(this.#prefix.length).split('.')[0];
      if (name && name !== 'Action' && name !== 'Version') names.add(name);
    }
    return [...names];
  }

  /** Everything that was sent, lists as arrays, for a record of the request. */
  tree(): Record<string, QueryTree> {
    return Object.fromEntries(this.names().map((name) => [name, this.#branch(name)]));
  }

  #branch(name: string): QueryTree {
    const value = this.get(name);
    if (value !== undefined) return value;
    const inside = this.within(name);
    if (!inside.names().every((part) => part === 'member')) return inside.tree();
    return this.#indices(`${name}.member.`).map((index) => this.#branch(`${name}.member.${index}`));
  }

  #indices(prefix: string): number[] {
    const full = this.#prefix + prefix;
    const indices = new Set<number>();
    for (const key of this.#values.keys()) {
      if (key.startsWith(full)) indices.add(Number.parseInt(key.slice(full.length), 10));
    }
    return [...indices].filter((index) => Number.isInteger(index)).sort((a, b) => a - b);
  }
}

/** A request's parameters as a tree. */
export type QueryTree = string | readonly QueryTree[] | { readonly [name: string]: QueryTree };

/** What an answer can hold; `undefined` members are left out, a Map is written as a Query map. */
export type XmlValue =
  | string
  | number
  | boolean
  | Date
  | undefined
  | readonly XmlValue[]
  | ReadonlyMap<string, string>
  | { readonly [name: string]: XmlValue };

/** An answer of a Query service. `namespace`: `https://iam.amazonaws.com/doc/2010-05-08/`. */
export function queryResponse(
  namespace: string,
  operation: string,
  result: XmlValue | undefined,
  requestId: string,
): LocalResponse {
  const body = result === undefined ? '' : element(`${operation}Result`, result);
  const metadata = element('ResponseMetadata', { RequestId: requestId });
  return {
    status: 200,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<${operation}Response xmlns="${namespace}">${body}${metadata}</${operation}Response>`,
  };
}

/** A failure of a Query service. */
export function queryError(error: AwsError, requestId: string): LocalResponse {
  const fault = error.status >= 500 ? 'Receiver' : 'Sender';
  return {
    status: error.status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<ErrorResponse>${element('Error', {
      Type: fault,
      Code: error.code,
      Message: error.message,
    })}${element('RequestId', requestId)}</ErrorResponse>`,
  };
}

function element(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  const content = contentOf(value);
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}

function contentOf(value: Exclude<XmlValue, undefined>): string {
  if (typeof value === 'string') return escapeXml(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return `${value.toISOString().slice(0, 19)}Z`;
  if (isList(value)) return value.map((item) => element('member', item)).join('');
  if (value instanceof Map) {
    return [...value].map(([key, item]) => element('entry', { key, value: item })).join('');
  }
  return Object.entries(value)
    .map(([name, item]) => element(name, item))
    .join('');
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
