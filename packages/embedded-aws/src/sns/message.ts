import { z } from 'zod';
import { AwsError } from '../types.ts';
import type { QueryParams } from '../wire/query-protocol.ts';

/** A message attribute; binary values as base64 text. */
export interface SnsAttribute {
  readonly type: string;
  readonly value: string;
}

/** What a call of Publish says. */
export interface PublishedMessage {
  readonly subject?: string;
  /** As published; JSON text where the structure is `json`. */
  readonly message: string;
  /** The text for each protocol of a `json` message, `default` among them; of others, only `default`. */
  readonly byProtocol: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, SnsAttribute>>;
}

/** Where a message went, and the text for that protocol. */
export interface Delivery {
  readonly protocol: string;
  readonly endpoint: string;
  readonly text: string;
  /** The endpoint could not be reached: what AWS would only show in the metric NumberOfNotificationsFailed. */
  readonly failed?: true;
}

/** A message that somebody published: what AWS would have sent to the topic's subscribers. */
export interface SnsMessage extends PublishedMessage {
  readonly messageId: string;
  readonly topicArn: string;
  readonly deliveries: readonly Delivery[];
  readonly publisher: string;
  readonly time: Date;
}

/** @throws AwsError InvalidParameter or ParameterValueInvalid. */
export function readMessage(params: QueryParams): PublishedMessage {
  const subject = params.get('Subject');
  const message = params.get('Message') ?? '';
  // Fewer than 100 characters of printable ASCII, the first of them no space.
  if (subject !== undefined && !/^[\x21-\x7e][\x20-\x7e]{0,98}$/.test(subject)) throw invalid('Subject');
  if (message === '') throw invalid('Empty message');
  const attributes = readAttributes(params);
  if (messageSize(message, attributes) > 262_144) throw invalid('Message too long');
  const structured = params.get('MessageStructure') === 'json';
  const byProtocol = structured ? parseStructure(message) : { default: message };
  return { ...(subject !== undefined && { subject }), message, byProtocol, attributes };
}

export const invalid = (what: string): AwsError =>
  new AwsError('InvalidParameter', `Invalid parameter: ${what}`, 400);

const structure = z.record(z.string(), z.unknown());

/** @throws AwsError ParameterValueInvalid. */
export function readAttributes(params: QueryParams): Record<string, SnsAttribute> {
  const attributes: Record<string, SnsAttribute> = {};
  for (const entry of params.structs('MessageAttributes', 'entry')) {
    const name = entry.get('Name') ?? '';
    const content = entry.within('Value');
    const type = content.get('DataType') ?? '';
    const value = content.get('StringValue') ?? content.get('BinaryValue') ?? '';
    if (!/^(String|String\.Array|Number|Binary)(\..+)?$/.test(type)) {
      throw attributeError(
        `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
      );
    }
    if (value === '')
      throw attributeError(
        `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
      );
    if (type === 'String.Array' && !isJsonList(value)) {
      throw attributeError(`The message attribute '${name}' is not a valid JSON array.`);
    }
    if (type === 'Number' && !Number.isFinite(Number(value))) {
      throw attributeError(`Could not cast message attribute '${name}' value to number.`);
    }
    attributes[name] = { type, value };
  }
  return attributes;
}

/** Bytes of a message as SNS counts them: its text, and the names, types and values of its attributes. */
export function messageSize(message: string, attributes: Readonly<Record<string, SnsAttribute>>): number {
  const texts = Object.entries(attributes).flatMap(([name, { type, value }]) => [name, type, value]);
  return [message, ...texts].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/**
 * The texts of a message with MessageStructure `json`, by protocol. Values that are no text are left out, as SNS does.
 *
 * @throws AwsError InvalidParameter.
 */
export function parseStructure(message: string): Record<string, string> {
  const prefix = 'Invalid parameter: Message Structure -';
  const parsed = structure.safeParse(parseJson(message));
  if (!parsed.success)
    throw new AwsError('InvalidParameter', `${prefix} JSON message body failed to parse`, 400);
  const texts = Object.entries(parsed.data).flatMap(([protocol, text]) =>
    typeof text === 'string' ? [[protocol, text] as const] : [],
  );
  const byProtocol = Object.fromEntries(texts);
  if (byProtocol.default === undefined) {
    throw new AwsError('InvalidParameter', `${prefix} No default entry in JSON message body`, 400);
  }
  return byProtocol;
}

const attributeError = (message: string): AwsError => new AwsError('ParameterValueInvalid', message, 400);

function isJsonList(text: string): boolean {
  return Array.isArray(parseJson(text));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
